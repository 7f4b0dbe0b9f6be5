import { ANONYMOUS, type Viewer } from '@flowmesh/platform/access';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';

// Hashing passwords takes its time.
jest.setTimeout(60_000);

let auth: AuthUnderTest;
beforeAll(async () => {
  auth = await startAuth();
});
afterAll(() => auth.stop());

test('a password is judged before it is set: by everybody, with what they say about themselves', async () => {
  const judge = async (args: object, viewer: Viewer = ANONYMOUS) =>
    (
      await auth.ask<{ passwordStrength: unknown }>(
        `query ($password: String!, $email: String, $username: String) {
          passwordStrength(password: $password, email: $email, username: $username) {
            score guessesLog10 crackTime warning suggestions acceptable problems
          } }`,
        { ...args },
        viewer,
      )
    ).passwordStrength;
  expect(await judge({ password: 'correct horse battery staple' })).toEqual({
    score: 4,
    guessesLog10: expect.any(Number),
    crackTime: 'centuries',
    warning: null,
    suggestions: [],
    acceptable: true,
    problems: [],
  });
  expect(await judge({ password: 'password' })).toMatchObject({
    score: 0,
    acceptable: false,
    problems: ['must have at least 15 characters', 'is one of the most common passwords'],
  });
  const names = 'must be more than your names, your e-mail address or the name of the product';
  const password = 'administrator-1234567';
  expect(await judge({ password })).toMatchObject({ acceptable: true });
  expect(await judge({ password, username: 'administrator' })).toMatchObject({ acceptable: false, problems: [names] });
  const { rows } = await auth.pool.query<{ id: string }>('select id from users');
  const self: Viewer = { kind: 'user', userId: rows[0]!.id, scopes: [], sessionId: 'none', expiresAt: 4e9 };
  // What a viewer says does not count against what is known.
  expect(await judge({ password: 'admin-admin-1234567', username: 'x' }, self)).toMatchObject({ problems: [names] });
  expect(
    await auth.refusal(`query ($p: String!) { passwordStrength(password: $p) { score } }`, { p: 'x'.repeat(3_000) }),
  ).toEqual(['BAD_USER_INPUT']);
});
