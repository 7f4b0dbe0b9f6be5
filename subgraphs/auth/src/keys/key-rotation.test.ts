import type { Viewer } from '@flowmesh/platform/access';
import { createSecretBox, createKeyRing } from '@flowmesh/platform/secrets';
import { decodeProtectedHeader } from 'jose';
import { startAuth, type AuthUnderTest } from '../testing/auth-under-test.ts';
import { AccessTokens } from './access-tokens.ts';
import { KeyRotation } from './key-rotation.ts';
import { SigningKeyStore } from './signing-key-store.ts';
import { SigningKeys } from './signing-keys.ts';

// Hashing passwords takes its time.
jest.setTimeout(60_000);

let auth: AuthUnderTest;
beforeAll(async () => {
  auth = await startAuth();
});
afterAll(() => auth.stop());

const administrator: Viewer = {
  kind: 'user',
  userId: 'somebody',
  scopes: ['signing-key:rotate'],
  sessionId: 'theirs',
  expiresAt: 4e9,
  recentUntil: 4e9,
};
const DAY = 86_400;

interface Rotated {
  readonly rotated: boolean;
  readonly keys: { readonly id: string; readonly status: string }[];
}
const rotate = async (input: object = {}) =>
  (
    await auth.ask<{ rotateSigningKeys: Rotated }>(
      `mutation ($input: RotateSigningKeysInput!) { rotateSigningKeys(input: $input) {
        ... on RotateSigningKeysSuccess { rotated keys { id status } }
      } }`,
      { input },
      administrator,
    )
  ).rotateSigningKeys;
const list = async () =>
  (await auth.ask<{ signingKeys: Rotated['keys'] }>('{ signingKeys { id status } }', {}, administrator)).signingKeys;
const published = async () => (await auth.subgraph.identity.jwks()).keys.map(({ kid }) => kid);

/** A process that starts now, with its own keys in memory. */
function newProcess() {
  const store = new SigningKeyStore(auth.pool);
  const keys = new SigningKeys(store, createSecretBox(createKeyRing(Buffer.alloc(32, 7).toString('base64'))));
  return { store, tokens: new AccessTokens(keys), rotation: new KeyRotation(store, keys, 30 * DAY) };
}
const issue = ({ tokens }: ReturnType<typeof newProcess>) =>
  tokens.issue({ id: 's1', userId: 'u1', expiresAt: new Date(Date.now() + DAY * 1_000) });
const kidOf = ({ token }: { readonly token: string }) => decodeProtectedHeader(token).kid;
/** As if so much time had passed for all keys. */
const wait = (interval: string) =>
  auth.pool.query(
    `update signing_keys set created_at = created_at - $1::interval, active_from = active_from - $1::interval,
       retired_at = retired_at - $1::interval`,
    [interval],
  );

test('the next key is published before it signs, and the old one verifies until its tokens have expired', async () => {
  const [first] = await list();
  expect(await list()).toEqual([{ id: first!.id, status: 'ACTIVE' }]);
  const before = await issue(newProcess());
  expect(kidOf(before)).toBe(first!.id);

  // Of several at the same time one rotates, and while a next key waits nobody does.
  const rotations = await Promise.all(Array.from({ length: 5 }, () => rotate()));
  expect(rotations.filter(({ rotated }) => rotated)).toHaveLength(1);
  expect((await rotate()).rotated).toBe(false);
  const [next] = await list();
  expect(await list()).toEqual([
    { id: next!.id, status: 'NEXT' },
    { id: first!.id, status: 'ACTIVE' },
  ]);
  expect(await published()).toEqual([next!.id, first!.id]);
  expect(kidOf(await issue(newProcess()))).toBe(first!.id);

  await wait('9 minutes 50 seconds');
  expect(kidOf(await issue(newProcess()))).toBe(first!.id);
  await wait('15 seconds');
  const after = await issue(newProcess());
  expect(kidOf(after)).toBe(next!.id);
  expect(await list()).toMatchObject([{ status: 'ACTIVE' }, { status: 'RETIRED' }]);

  // Longer than a token is good.
  await wait('59 minutes');
  for (const { token } of [before, after]) expect(await newProcess().tokens.verify(token)).not.toBeNull();
  await wait('2 minutes');
  expect(await published()).toEqual([next!.id]);
  expect(await newProcess().tokens.verify(before.token)).toBeNull();
  expect(await newProcess().tokens.verify(after.token)).not.toBeNull();

  await wait('7 days');
  await newProcess().store.removeOld();
  expect(await list()).toEqual([{ id: next!.id, status: 'ACTIVE' }]);
});

test('a key that somebody else may have is taken away at once, and so is one that waits', async () => {
  const old = await issue(newProcess());
  await rotate();
  const waiting = await list();
  const { rotated, keys } = await rotate({ immediately: true });
  expect(rotated).toBe(true);
  expect(keys).toEqual([
    { id: keys[0]!.id, status: 'ACTIVE' },
    ...waiting.map(({ id }) => ({ id, status: 'REVOKED' })),
  ]);
  expect(await published()).toEqual([keys[0]!.id]);
  expect(await newProcess().tokens.verify(old.token)).toBeNull();
  expect(kidOf(await issue(newProcess()))).toBe(keys[0]!.id);
  // The process that was asked does not wait for its own memory either.
  const { login } = await auth.ask<{ login: { tokens: { accessToken: string } } }>(
    'mutation ($input: LoginInput!) { login(input: $input) { ... on LoginSuccess { tokens { accessToken } } } }',
    { input: { identifier: 'admin', password: auth.subgraph.firstAdministrator!.password } },
  );
  expect(kidOf({ token: login.tokens.accessToken })).toBe(keys[0]!.id);
  const { rows } = await auth.pool.query(
    `select actor_id, target_id, details from audit_logs where action = 'signing_key.rotated' order by occurred_at desc limit 1`,
  );
  expect(rows).toEqual([{ actor_id: 'somebody', target_id: keys[0]!.id, details: { immediately: true } }]);
});

test('a key is exchanged by itself when it is 30 days old', async () => {
  const { rotation } = newProcess();
  expect(await rotation.rotateByAge()).toBe(false);
  await wait('30 days 1 minute');
  const turns = await Promise.all([1, 2, 3].map(() => newProcess().rotation.rotateByAge()));
  expect(turns.filter(Boolean)).toHaveLength(1);
  expect((await list())[0]).toMatchObject({ status: 'NEXT' });
  const { rows } = await auth.pool.query(
    `select actor_type::text from audit_logs where action = 'signing_key.rotated' order by occurred_at desc limit 1`,
  );
  expect(rows).toEqual([{ actor_type: 'SYSTEM' }]);
});

test('private keys are never answered', async () => {
  const answers = [await auth.subgraph.identity.jwks(), await list()];
  for (const member of ['"d"', '"p"', '"q"', 'PRIVATE']) expect(JSON.stringify(answers)).not.toContain(member);
});
