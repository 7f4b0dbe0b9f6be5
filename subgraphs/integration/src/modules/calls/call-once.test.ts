import { HttpDouble, sendJson, until, type HttpCall } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';

const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let service: HttpDouble;
let answer: (call: HttpCall) => void;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  service = await HttpDouble.start((call) => answer(call));
}, 60_000);
beforeEach(() => {
  service.calls.length = 0;
  answer = ({ response }) => sendJson(response, { call: service.calls.length });
});
afterAll(async () => {
  await service.stop();
  await integrations.stop();
}, 30_000);

const http = () =>
  registered(one, owner, {
    configuration: { baseUrl: service.url },
    operations: [
      { name: 'pay', method: 'POST', path: '/pay' },
      { name: 'put', method: 'PUT', path: '/put' },
    ],
    policy: { retry: { maxAttempts: 1 } },
  });
const pay = (id: string, key: string | null, more: object = {}, viewer = owner): Promise<Result> =>
  mutate(one, viewer, 'invokeIntegration', {
    ...{ id, operation: 'pay', input: { amount: 1 } },
    ...(key === null ? {} : { idempotencyKey: key }),
    ...more,
  });

const unknown = async (id: string) => {
  const query = 'query ($id: ID!) { integration(id: $id) { analytics { unknown errors { code calls } } } }';
  const { integration } = await one.ask<{ integration: { analytics: object } }>(owner, query, { id });
  return integration.analytics;
};

test('a key of a call that changes something has one answer, whoever asks again; another key calls again', async () => {
  const id = await http();
  const answered = { __typename: 'InvokeIntegrationSuccess', cached: false, attempts: 1 };
  expect(await pay(id, 'a')).toEqual({ ...answered, output: { call: 1 } });
  const two = await integrations.process();
  const again = { id, operation: 'pay', input: { amount: 1 }, idempotencyKey: 'a' };
  expect(await mutate(two, owner, 'invokeIntegration', again)).toEqual({ ...answered, output: { call: 1 } });
  const { invokeIntegration: repeated } = await one.ask<{ invokeIntegration: object }>(
    owner,
    `mutation ($input: InvokeIntegrationInput!) { invokeIntegration(input: $input) { ... on InvokeIntegrationSuccess { repeated } } }`,
    { input: again },
  );
  expect(repeated).toEqual({ repeated: true });
  expect(await pay(id, 'b')).toEqual({ ...answered, output: { call: 2 } });
  expect(await pay(id, null)).toEqual({ ...answered, output: { call: 3 } });
  const other = userOf('other', ['integration:invoke', 'integration:invoke-any']);
  expect(await pay(id, 'a', {}, other)).toEqual({ ...answered, output: { call: 4 } });
  expect(service.calls).toHaveLength(4);
});

test('what asks for something else under a key is refused; what may be done twice is called again', async () => {
  const id = await http();
  await pay(id, 'a');
  expect(await pay(id, 'a', { input: { amount: 2 } })).toMatchObject({ __typename: 'IdempotencyConflictError' });
  expect(service.calls).toHaveLength(1);
  const put = { id, operation: 'put', input: {}, idempotencyKey: 'a' };
  await mutate(one, owner, 'invokeIntegration', put);
  await mutate(one, owner, 'invokeIntegration', put);
  expect(service.calls).toHaveLength(3);
});

test('while a call is under way, others with its key are told so', async () => {
  const id = await http();
  let held: HttpCall | undefined;
  answer = (call) => (held = call);
  const first = pay(id, 'a');
  await until('the service is called', () => held);
  expect(await pay(id, 'a')).toMatchObject({ code: 'CALL_IN_PROGRESS', retryAfterSeconds: 1 });
  sendJson(held!.response, { done: true });
  expect(await first).toMatchObject({ output: { done: true } });
  expect(await pay(id, 'a')).toMatchObject({ output: { done: true } });
  expect(service.calls).toHaveLength(1);
});

test('a failure after which nothing is done frees the key; one that leaves it open stays, unless it is to be repeated', async () => {
  const id = await http();
  answer = ({ response }) => sendJson(response, {}, service.calls.length === 1 ? 429 : 500);
  expect(await pay(id, 'a')).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryable: true });
  // After a 429 it is not called for a moment.
  const failed = await until('it is called again', async () => {
    const result = await pay(id, 'a');
    return result.code !== 'RATE_LIMITED' && result;
  });
  expect(failed).toMatchObject({ code: 'HTTP_STATUS', retryable: false });
  answer = ({ response }) => sendJson(response, { late: true });
  expect(await pay(id, 'a')).toEqual(failed);
  expect(service.calls).toHaveLength(2);
  answer = ({ response }) => sendJson(response, {}, 500);
  await pay(id, 'b', { repeatUnknown: true });
  answer = ({ response }) => sendJson(response, { late: true });
  expect(await pay(id, 'b', { repeatUnknown: true })).toMatchObject({ output: { late: true } });
});

test('a call whose process has died is not made again: what became of it is unknown', async () => {
  const id = await http();
  const held: HttpCall[] = [];
  answer = (call) => void held.push(call);
  const lost = [pay(id, 'a'), pay(id, 'b')];
  await until('both are under way', () => held.length === 2);
  await integrations.pool.query(`update integration_call_keys set held_until = now() - interval '1 second'
    where integration_id = '${id}'`);
  expect(await pay(id, 'a')).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
  expect(await pay(id, 'a')).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
  expect(service.calls).toHaveLength(2);
  expect(await unknown(id)).toEqual({ unknown: 1, errors: [{ code: 'OUTCOME_UNKNOWN', calls: 1 }] });
  const again = pay(id, 'b', { repeatUnknown: true });
  await until('it is made again', () => held.length === 3);
  expect(await unknown(id)).toEqual({ unknown: 2, errors: [{ code: 'OUTCOME_UNKNOWN', calls: 2 }] });
  for (const { response } of held) sendJson(response, { done: true });
  await Promise.all([...lost, again]);
  // Who made the call was there all the same, and knows better.
  expect(await pay(id, 'a')).toMatchObject({ output: { done: true } });
});

test('keys are forgotten after 30 days, those of calls under way excepted', async () => {
  const id = await http();
  await pay(id, 'a');
  const count = async () => {
    const text = 'select count(*)::int as n from integration_call_keys where integration_id = $1';
    return (await integrations.pool.query<{ n: number }>(text, [id])).rows[0]?.n;
  };
  expect(await count()).toBe(1);
  await integrations.pool.query(
    `update integration_call_keys set claimed_at = now() - interval '31 days' where integration_id = $1`,
    [id],
  );
  const worker = await integrations.process({ worker: true });
  await until('it is gone', async () => (await count()) === 0, { timeoutMs: 20_000 });
  expect(worker).toBeDefined();
});
