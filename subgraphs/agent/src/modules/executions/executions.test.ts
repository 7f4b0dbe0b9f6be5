import { createHmac } from 'node:crypto';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { prepareAgents, userOf, type AgentProcess, type AgentUnderTest } from '../../testing/agent-under-test.ts';
import { execute, executed, registered, shown, stop } from '../../testing/operations.ts';

const owner = userOf('owner');
const echo = { kind: 'BUILTIN', builtin: { function: 'TRANSFORM', options: { expression: '$' } } };
const retryPolicy = { maxAttempts: 3, initialDelayMs: 10, maxDelayMs: 50, multiplier: 2 };
let agents: AgentUnderTest;
let one: AgentProcess;
let two: AgentProcess;
const doubles: HttpDouble[] = [];

beforeAll(async () => {
  agents = await prepareAgents();
  [one, two] = await Promise.all([agents.process(), agents.process()]);
}, 60_000);
afterAll(async () => {
  await Promise.all(doubles.map((each) => each.stop()));
  await agents.stop();
}, 30_000);

async function double(...answer: Parameters<typeof HttpDouble.start>): Promise<HttpDouble> {
  const started = await HttpDouble.start(...answer);
  doubles.push(started);
  return started;
}

const httpAgent = (http: object, more: object = {}) =>
  registered(one, owner, { kind: 'HTTP', http, retryPolicy, ...more });
const ended = (id: string, timeoutMs?: number) =>
  until(
    'the end',
    async () => {
      const execution = await shown(one, owner, id);
      return execution && ['COMPLETED', 'FAILED', 'STOPPED'].includes(execution.status) ? execution : null;
    },
    { timeoutMs },
  );

test('an HTTP agent gets the work signed, with its headers, and its JSON is the output', async () => {
  const service = await double(({ response }) =>
    sendJson(response, { output: { done: true }, usage: { inputTokens: 3, outputTokens: 4 } }),
  );
  const key = Buffer.from('0123456789abcdef0123456789abcdef');
  const agentId = await httpAgent({
    url: `${service.url}/run`,
    headers: { 'x-key': 'hidden' },
    signingSecret: `whsec_${key.toString('base64')}`,
  });
  const execution = await executed(one, owner, agentId, { input: { task: 'sweep' }, wait: true });
  expect(execution).toMatchObject({
    status: 'COMPLETED',
    output: { done: true },
    attempts: 1,
    usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7, costUsd: null },
  });
  const [call] = service.calls;
  const { headers = {}, body = '', path } = call ?? {};
  expect(path).toBe('/run');
  expect(JSON.parse(body)).toEqual({ executionId: execution.id, agentId, input: { task: 'sweep' }, attempt: 1 });
  expect(headers['idempotency-key']).toBe(execution.id);
  expect(headers['x-key']).toBe('hidden');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
});

test('an idempotency key begins one execution, however often at once and in whichever process', async () => {
  const agentId = await registered(one, owner, echo);
  const input = { agentId, input: 1, idempotencyKey: 'the key' };
  const results = await Promise.all(Array.from({ length: 20 }, (_, n) => execute(n % 2 ? one : two, owner, input)));
  expect(new Set(results.map(({ execution }) => execution?.id)).size).toBe(1);
  expect(results.filter(({ created }) => created)).toHaveLength(1);
});

test('another input under a known key is refused; how long to wait for the answer is no input', async () => {
  const agentId = await registered(one, owner, echo);
  const input = { agentId, input: { a: 1, b: 2 }, idempotencyKey: 'used', timeoutSeconds: 5 };
  const { execution } = await execute(one, owner, input);
  for (const other of [{ input: { a: 1 } }, { input: null }, { timeoutSeconds: 6 }, { maxAttempts: 2 }]) {
    expect(await execute(two, owner, { ...input, ...other })).toMatchObject({
      __typename: 'IdempotencyConflictError',
      code: 'IDEMPOTENCY_CONFLICT',
      id: execution?.id,
    });
  }
  const same = { ...input, input: { b: 2, a: 1 }, wait: true, waitTimeoutSeconds: 2, maxAttempts: null };
  expect(await execute(two, owner, same)).toMatchObject({ created: false, execution: { id: execution?.id } });
});

test('under a known key, limits that are the agent’s anyway may be said or left out', async () => {
  const limits = { timeoutSeconds: 30, maxAttempts: 3 };
  const agentId = await registered(one, owner, { ...echo, timeoutSeconds: 30, retryPolicy });
  const began = async (idempotencyKey: string, said: object, again: object) => {
    const { execution } = await execute(one, owner, { agentId, idempotencyKey, ...said });
    const answer = await execute(two, owner, { agentId, idempotencyKey, ...again });
    return answer.__typename === 'ExecuteAgentSuccess' && answer.execution?.id === execution?.id;
  };
  expect(await began('left out', {}, limits)).toBe(true);
  expect(await began('said', limits, {})).toBe(true);
  expect(await began('said twice', limits, limits)).toBe(true);
  expect(await began('more than the agent allows', { timeoutSeconds: 60 }, { maxAttempts: 3 })).toBe(true);
  expect(await began('half of them', { timeoutSeconds: 5 }, { timeoutSeconds: 5, maxAttempts: 3 })).toBe(true);
  expect(await began('less', { timeoutSeconds: 5 }, {})).toBe(false);
  expect(await began('less later', {}, { timeoutSeconds: 5 })).toBe(false);
});

test('tries again after 429 and 503, as asked; not after 400', async () => {
  const begun: number[] = [];
  const shaky = await double(({ response }) => {
    begun.push(performance.now());
    if (begun.length === 1) sendJson(response, {}, 429, { 'retry-after': '1' });
    else if (begun.length === 2) sendJson(response, {}, 503);
    else sendJson(response, { ok: 1 });
  });
  const execution = await executed(one, owner, await httpAgent({ url: shaky.url }), { wait: true });
  expect(execution).toMatchObject({ status: 'COMPLETED', attempts: 3, output: { ok: 1 } });
  expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBeGreaterThanOrEqual(990);
  const strict = await double(({ response }) => sendJson(response, { why: 'bad' }, 400));
  expect(await executed(one, owner, await httpAgent({ url: strict.url }), { wait: true })).toMatchObject({
    status: 'FAILED',
    attempts: 1,
    error: { code: 'HTTP_STATUS', retryable: false },
  });
});

test('an attempt ends when its time is up, and the connection with it', async () => {
  const silent = await double(() => undefined);
  const agentId = await httpAgent({ url: silent.url }, { timeoutSeconds: 1 });
  const execution = await executed(one, owner, agentId, { maxAttempts: 1, wait: true });
  expect(execution).toMatchObject({ status: 'FAILED', attempts: 1, error: { code: 'TIMEOUT', retryable: true } });
  await until('the call is aborted', () => silent.calls[0]?.aborted);
});

test('a stop aborts the call in whichever process it runs, and a stopped execution stays stopped', async () => {
  const held = await double(() => undefined);
  const agentId = await httpAgent({ url: held.url });
  for (const [index, process] of [one, two, one, two].entries()) {
    const { id } = await executed(one, owner, agentId);
    const call = await until('the call', () => held.calls[index]);
    expect(await stop(process, owner, { id })).toMatchObject({ execution: { status: 'STOPPED' } });
    await until('the call is aborted', () => call.aborted, { timeoutMs: 2_000 });
    expect(await stop(process, owner, { id })).toMatchObject({ code: 'AGENT_EXECUTION_ENDED' });
    expect(await shown(one, owner, id)).toMatchObject({ status: 'STOPPED', attempts: 1, output: null });
  }
  expect(held.calls).toHaveLength(4);
});

test('whoever did not hear whether it began stops it by its key: what has begun, and what is still on its way', async () => {
  const held = await double(() => undefined);
  const agentId = await httpAgent({ url: held.url });
  const begun = await executed(one, owner, agentId, { idempotencyKey: 'heard of' });
  await until('the call', () => held.calls[0]);
  const reason = 'nobody waits for it';
  const stopped = await stop(two, owner, { agentId, idempotencyKey: 'heard of', reason });
  expect(stopped).toMatchObject({ execution: { id: begun.id, status: 'STOPPED', stopReason: reason } });
  await until('the call is aborted', () => held.calls[0]?.aborted, { timeoutMs: 2_000 });

  const closed = await stop(two, owner, { agentId, idempotencyKey: 'on its way', reason });
  expect(closed).toMatchObject({ execution: { status: 'STOPPED', attempts: 0, stopReason: reason } });
  const late = await execute(one, owner, { agentId, idempotencyKey: 'on its way', input: 1 });
  expect(late).toMatchObject({ created: false, execution: { id: closed.execution?.id, status: 'STOPPED' } });
  expect(await stop(one, owner, { agentId, idempotencyKey: 'on its way' })).toMatchObject({
    code: 'AGENT_EXECUTION_ENDED',
  });
  // The keys of others are others, and so are their agents.
  expect(await stop(one, userOf('stranger'), { agentId, idempotencyKey: 'x' })).toMatchObject({ code: 'NOT_FOUND' });
  for (const input of [{}, { agentId }, { idempotencyKey: 'x' }, { id: begun.id, agentId, idempotencyKey: 'x' }]) {
    expect(await stop(one, owner, input)).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: 'id' }] });
  }
  expect(held.calls).toHaveLength(1);
});

test('work that was interrupted goes on before what was queued after it', async () => {
  const answers: (() => void)[] = [];
  const service = await double(({ response }) => void answers.push(() => sendJson(response, {})));
  const agentId = await httpAgent({ url: service.url }, { concurrencyLimit: 2 });
  const ids: string[] = [];
  for (let n = 0; n < 6; n += 1) ids.push((await executed(one, owner, agentId)).id);
  await until('two calls', () => answers.length === 2);
  const [first = '', second = ''] = service.calls.map(({ headers }) => String(headers['idempotency-key']));
  // As if the process that calls for the first had died.
  await agents.pool.query(
    `update agent_executions set lease_token = 'dead', lease_expires_at = now() - interval '1 second' where id = $1`,
    [first],
  );
  await until('the third call', () => answers.length === 3);
  expect(service.calls[2]?.headers['idempotency-key']).toBe(first);
  for (let n = 0; n < 7; n += 1) (await until('a call', () => answers[n]))();
  for (const id of ids) expect(await ended(id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
  expect(ids.slice(0, 2).sort()).toEqual([first, second].sort());
});

test('work comes in the order in which what it belongs to was begun', async () => {
  const answers: (() => void)[] = [];
  const service = await double(({ response }) => void answers.push(() => sendJson(response, {})));
  const agentId = await httpAgent({ url: service.url }, { concurrencyLimit: 1 });
  const ago = (minutes: number) => ({ waitingSince: new Date(Date.now() - minutes * 60_000).toISOString() });
  const first = await executed(one, owner, agentId);
  await until('a call', () => answers.length === 1);
  const ids = [first.id];
  for (const place of [{}, ago(1), ago(3), ago(-5), ago(2)]) ids.push((await executed(one, owner, agentId, place)).id);
  for (let n = 0; n < 6; n += 1) (await until('a call', () => answers[n]))();
  const order = service.calls.map(({ headers }) => ids.indexOf(String(headers['idempotency-key'])));
  expect(order).toEqual([0, 3, 5, 2, 1, 4]);
});

test('no more run at once than the limit allows, over all processes', async () => {
  let now = 0;
  let most = 0;
  const service = await double(({ response }) => {
    most = Math.max(most, ++now);
    setTimeout(() => {
      now -= 1;
      sendJson(response, {});
    }, 100);
  });
  const agentId = await httpAgent({ url: service.url }, { concurrencyLimit: 3 });
  const all = await Promise.all(Array.from({ length: 30 }, (_, n) => executed(n % 2 ? one : two, owner, agentId)));
  for (const { id } of all) expect(await ended(id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
  expect(most).toBe(3);
});

test('an execution whose lease ran out is taken over; its former worker cannot write any more', async () => {
  const service = await double(({ response }) => {
    // The first call answers late, when somebody else has the work.
    if (service.calls.length > 1) sendJson(response, { by: 'second' });
  });
  const agentId = await httpAgent({ url: service.url });
  const { id } = await executed(one, owner, agentId);
  await until('the first call', () => service.calls.length === 1);
  // As if the process had died: nobody renews, the time is over.
  await agents.pool.query(
    `update agent_executions set lease_token = 'dead', lease_expires_at = now() - interval '1 second' where id = $1`,
    [id],
  );
  expect(await ended(id, 15_000)).toMatchObject({ status: 'COMPLETED', output: { by: 'second' }, attempts: 1 });
  await until('the first call is aborted', () => service.calls[0]?.aborted);
});

test('work whose job was lost is found by the sweeper', async () => {
  const agentId = await registered(one, owner, echo);
  await agents.pool.query(
    `insert into agent_executions (id, agent_id, agent_owner_id, agent_name, input, max_attempts, timeout_seconds, started_by_id)
     values ('lost', $1, 'owner', 'x', '{"n": 1}', 1, 10, 'owner')`,
    [agentId],
  );
  expect(await ended('lost', 15_000)).toMatchObject({ status: 'COMPLETED', output: { n: 1 } });
});

test('input and output must satisfy the schemas', async () => {
  const agentId = await registered(one, owner, {
    ...echo,
    inputSchema: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } },
    outputSchema: { properties: { n: { maximum: 3 } } },
  });
  const wrong = await execute(one, owner, { agentId, input: { n: 'one' } });
  expect(wrong.fields?.map(({ path }) => path)).toEqual(['input.n']);
  expect(await executed(one, owner, agentId, { input: { n: 4 }, wait: true })).toMatchObject({
    status: 'FAILED',
    error: { code: 'INVALID_OUTPUT' },
  });
});

interface Update {
  readonly u: {
    readonly cursor: string;
    readonly outputDelta: string | null;
    readonly execution: { readonly status: string; readonly outputText: string | null };
  };
}
const UPDATES = `subscription S($id: ID!, $after: String) {
  u: agentExecutionUpdates(id: $id, after: $after) { cursor outputDelta execution { status outputText } }
}`;

test('text is streamed while it is produced, and whoever comes back misses and repeats nothing', async () => {
  const service = await double(({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: delta\ndata: Hello \n\n');
  });
  const { id } = await executed(one, owner, await httpAgent({ url: service.url }));
  const call = await until('the call', () => service.calls[0]);
  let before = '';
  let after = '';
  for await (const { u } of two.messages<Update>(owner, UPDATES, { id })) {
    before = u.execution.outputText ?? before;
    after = u.cursor;
    if (before === 'Hello ') break;
  }
  call.response.write('data: {"delta": "big "}\n\n');
  await until('stored', async () => (await shown(one, owner, id))?.outputText === 'Hello big ');
  call.response.end('data: world\n\nevent: result\ndata: {"output": {"ok": true}}\n\n');
  await ended(id);
  const rest: Update['u'][] = [];
  for await (const { u } of two.messages<Update>(owner, UPDATES, { id, after })) rest.push(u);
  expect(rest.map(({ outputDelta }) => outputDelta ?? '').join('')).toBe('big world');
  expect(rest.at(-1)?.execution).toEqual({ status: 'COMPLETED', outputText: 'Hello big world' });
  // What it was at that message, though the row is further on.
  expect(rest[0]?.execution).toEqual({ status: 'RUNNING', outputText: 'Hello big ' });
  expect(await shown(one, owner, id)).toMatchObject({ output: { ok: true } });
});

test('events of agents begin with a marker and reach the owner only', async () => {
  const query =
    'subscription { e: agentEvents(filter: { types: [EXECUTION_FINISHED] }) { cursor type agent { name } execution { status } } }';
  const stream = one.messages<{ e: { type: string | null } }>(owner, query);
  expect((await stream.next()).value).toMatchObject({ e: { type: null } });
  const stranger = userOf('stranger');
  await executed(one, stranger, await registered(one, stranger, echo), { input: 1, wait: true });
  await executed(two, owner, await registered(one, owner, { ...echo, name: 'told' }), { input: 1, wait: true });
  expect((await stream.next()).value).toMatchObject({
    e: { type: 'EXECUTION_FINISHED', agent: { name: 'told' }, execution: { status: 'COMPLETED' } },
  });
  await stream.return(undefined);
});

test('secrets that the service repeats are masked: in JSON, in its keys, and in text that comes in pieces', async () => {
  const service = await double(({ response, headers, path }) => {
    const key = String(headers['x-key']);
    const token = String(headers['authorization']).slice('Bearer '.length);
    if (path === '/json') return sendJson(response, { [key]: `your ${key}`, token, good: true, kind: 'text/plain' });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of ['your ', key.slice(0, 5), key.slice(5), ' key']) response.write(`data: "${part}"\n\n`);
    response.end('data: " header"\n\n');
  });
  const headers = { 'x-key': 'CANARY-key', authorization: 'Bearer CANARY-token', accept: 'text/plain', 'x-as': 'good' };
  const [json, text] = await Promise.all(
    ['/json', '/text'].map((path) => httpAgent({ url: service.url + path, headers })),
  );
  expect(await executed(one, owner, json ?? '', { input: {}, wait: true })).toMatchObject({
    output: { '•••': 'your •••', token: '•••', good: true, kind: 'text/plain' },
  });
  const spoken = await executed(one, owner, text ?? '', { input: {}, wait: true });
  expect(spoken).toMatchObject({ output: { text: 'your ••• key header' } });
  const { rows } = await agents.pool.query(
    "select count(*)::int as count from agent_executions e where e.id = $1 and e::text like '%CANARY%'",
    [spoken.id],
  );
  expect(rows).toEqual([{ count: 0 }]);
});
