import { ANONYMOUS, NO_CLIENT, type Viewer } from '@flowmesh/platform/access';
import { createLocalSource } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import { createLogger } from '@flowmesh/platform/logging';
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
  const self: Viewer = {
    kind: 'user',
    userId: rows[0]!.id,
    scopes: [],
    sessionId: 'none',
    expiresAt: 4e9,
    recentUntil: 4e9,
  };
  // What a viewer says does not count against what is known.
  expect(await judge({ password: 'admin-admin-1234567', username: 'x' }, self)).toMatchObject({ problems: [names] });
  expect(
    await auth.refusal(`query ($p: String!) { passwordStrength(password: $p) { score } }`, { p: 'x'.repeat(3_000) }),
  ).toEqual(['BAD_USER_INPUT']);
});

test('who asks for it all the time has to wait, for each address by itself', async () => {
  const replica = await auth.replica({ throttle: { perAccount: 1, perAddress: 1, windowSeconds: 900 } });
  const source = createLocalSource(replica, createLogger({ level: 'silent', name: 'test' }));
  const judge = async (address: string) => {
    const query = '{ passwordStrength(password: "x") { score } }';
    const call = { viewer: ANONYMOUS, client: { ...NO_CLIENT, address }, requestId: newId() };
    const { errors } = await source.execute({ query }, call);
    return errors?.[0]?.extensions['code'] ?? 'answered';
  };
  const answers = [];
  for (let count = 0; count < 21; count += 1) answers.push(await judge('198.51.100.20'));
  expect(answers).toEqual([...Array.from({ length: 20 }, () => 'answered'), 'RATE_LIMITED']);
  expect(await judge('198.51.100.21')).toBe('answered');
});
