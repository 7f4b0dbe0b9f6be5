import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered } from '../../testing/operations.ts';

const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let other: IntegrationProcess;
let service: HttpDouble;
/** What the service accepts. */
let accepted = new Set<string>();
let held: (() => void)[] | null = null;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  other = await integrations.process({ worker: true });
  service = await HttpDouble.start(({ path, headers, response }) => {
    const answer = () => sendJson(response, {}, accepted.has(headers.authorization ?? '') ? 200 : 401);
    if (held && path === '/get') held.push(answer);
    else answer();
  });
}, 60_000);
beforeEach(() => {
  accepted = new Set(['Bearer old', 'Bearer new', 'Bearer newer']);
  held = null;
  service.calls.length = 0;
});
afterAll(async () => {
  await service.stop();
  await integrations.stop();
}, 30_000);

const register = (healthPath = '/me') =>
  registered(one, owner, {
    configuration: { baseUrl: service.url, healthPath, authentication: { type: 'BEARER' } },
    credentials: { token: 'old' },
    operations: [{ name: 'get', method: 'GET', path: '/get' }],
  });
const rotate = (id: string, token: string, more: object = {}, process = one) =>
  mutate(process, owner, 'rotateIntegrationCredentials', { id, credentials: { token }, ...more });
const revert = (id: string, more: object = {}) => mutate(one, owner, 'revertIntegrationCredentials', { id, ...more });
const call = (id: string) => mutate(other, owner, 'invokeIntegration', { id, operation: 'get' });
/** Of calls, not of the health checks beside them. */
const lastToken = () => service.calls.findLast(({ path }) => path === '/get')?.headers.authorization;
const rowOf = async (id: string) => {
  const sql = `select sealed_old is not null as kept, previous_secrets_until as until from integrations where id = $1`;
  return (await integrations.pool.query<{ kept: boolean; until: Date | null }>(sql, [id])).rows[0];
};

test('new credentials are tried, used from then on, and can be taken back', async () => {
  const id = await register();
  expect(await revert(id)).toMatchObject({
    code: 'CONFLICT',
    message: 'There are no previous credentials: none were rotated since the present ones were set.',
  });
  expect(await rotate(id, 'new')).toMatchObject({
    test: { succeeded: true, credentialsTried: true },
    integration: {
      version: 2,
      credentialsSet: ['token'],
      credentialsRotatedAt: expect.anything(),
      previousCredentialsUntil: expect.anything(),
    },
  });
  expect(service.calls.map(({ headers }) => headers.authorization)).toContain('Bearer new');
  expect(await call(id)).toMatchObject({ output: {} });
  expect(lastToken()).toBe('Bearer new');

  expect(await revert(id, { expectedVersion: 1 })).toMatchObject({ code: 'CONFLICT' });
  expect(await mutate(one, userOf('stranger'), 'revertIntegrationCredentials', { id })).toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await revert(id)).toMatchObject({ integration: { version: 3, previousCredentialsUntil: null } });
  expect(await call(id)).toMatchObject({ output: {} });
  expect(lastToken()).toBe('Bearer old');
  expect(await revert(id)).toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(/^There are no previous credentials any more: /),
  });

  const events = await integrations.pool.query<{ type: string; by: string }>(
    `select type, payload->>'userId' as by from outbox_events where payload->>'integrationId' = $1
       and type like 'integration.credentials.%' order by id`,
    [id],
  );
  expect(events.rows).toEqual([
    { type: 'integration.credentials.rotated', by: 'owner' },
    { type: 'integration.credentials.reverted', by: 'owner' },
  ]);
});

test('nothing changes when the service refuses them, in a dry run, or when they are the same or wrong', async () => {
  const id = await register();
  expect(await rotate(id, 'bad')).toMatchObject({ code: 'CREDENTIALS_NOT_ACCEPTED', test: { succeeded: false } });
  expect(await rotate(id, 'new', { dryRun: true })).toMatchObject({
    test: { succeeded: true },
    integration: { version: 1 },
  });
  expect(await rotate(id, 'old')).toMatchObject({ fields: [{ path: 'credentials' }] });
  expect(await rotate(id, 'new', { graceSeconds: -1 })).toMatchObject({ fields: [{ path: 'graceSeconds' }] });
  expect(await rotate(id, 'new', { credentials: { password: 'x' } })).toMatchObject({
    fields: [{ path: 'credentials.password' }],
  });
  expect(await rotate(id, 'new', { expectedVersion: 7 })).toMatchObject({ code: 'CONFLICT' });
  await call(id);
  expect(lastToken()).toBe('Bearer old');
  expect(await rotate(id, 'bad', { skipTest: true })).toMatchObject({ test: null, integration: { version: 2 } });
});

test('credentials that nothing would try are only taken when the test is left out', async () => {
  const id = await register('');
  expect(await rotate(id, 'new')).toMatchObject({
    code: 'INVALID_INPUT',
    fields: [
      { path: 'skipTest', message: expect.stringMatching(/^must be true: the configuration has no healthPath/) },
    ],
  });
  expect(service.calls.filter(({ headers }) => headers.authorization === 'Bearer new')).toEqual([]);
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({
    test: { succeeded: true, credentialsTried: false },
  });
  expect(await rotate(id, 'new', { skipTest: true })).toMatchObject({ test: null, integration: { version: 2 } });
});

test('a call under way goes on with the credentials it began with', async () => {
  const id = await register();
  held = [];
  const calling = call(id);
  await until('the call is under way', () => held?.length === 1);
  expect(await rotate(id, 'new')).toMatchObject({ integration: { version: 2 } });
  held.forEach((answer) => answer());
  expect(await calling).toMatchObject({ output: {} });
});

test('of many rotations at once one wins, and the others are told', async () => {
  const id = await register();
  const tokens = Array.from({ length: 8 }, (_, at) => `token ${at}`);
  accepted = new Set(tokens.map((token) => `Bearer ${token}`));
  const results = await Promise.all(tokens.map((token, at) => rotate(id, token, {}, at % 2 ? one : other)));
  const won = results.flatMap(({ integration }, at) => (integration?.version === 2 ? [tokens[at]] : []));
  expect(won).toHaveLength(1);
  expect(results.filter(({ code }) => code === 'CONFLICT')).toHaveLength(7);
  await call(id);
  expect(lastToken()).toBe(`Bearer ${won[0]}`);
});

test('previous credentials are erased when their time is over, and when others are set', async () => {
  const [id, without, replaced] = [await register(), await register(), await register()];
  await rotate(without, 'new', { graceSeconds: 0 });
  expect(await rowOf(without)).toEqual({ kept: false, until: null });
  await rotate(replaced, 'new');
  expect(await rowOf(replaced)).toMatchObject({ kept: true });
  await mutate(one, owner, 'updateIntegration', { id: replaced, credentials: { token: 'newer' } });
  expect(await rowOf(replaced)).toEqual({ kept: false, until: null });
  await rotate(id, 'new', { graceSeconds: 1 });
  const query = 'query Q($id: ID!) { integration(id: $id) { previousCredentialsUntil } }';
  const shown = () => one.ask<{ integration: { previousCredentialsUntil: unknown } }>(owner, query, { id });
  await until('their time is over', async () => (await shown()).integration.previousCredentialsUntil === null);
  expect(await revert(id)).toMatchObject({ code: 'CONFLICT' });
  await until('they are erased', async () => (await rowOf(id))?.kept === false, { timeoutMs: 45_000 });
}, 60_000);
