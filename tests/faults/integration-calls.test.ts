import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { urlVariable } from '@flowmesh/platform/domains';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { Child } from '../harness/child.ts';
import { sql } from '../harness/databases.ts';
import { graph, type GraphClient } from '../harness/graph.ts';
import { freePort } from '../harness/ports.ts';
import { ROOT } from '../harness/test-config.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser, signIn, unique, type TestUser } from '../harness/users.ts';

/** Under way at the same time. */
const LANES = 10;
const ANSWER_AFTER_MS = 20;

let topology: Topology;
let service: HttpDouble;
let user: TestUser;
/** The graph by way of a second process of integrations. */
let second: GraphClient;
const children: Child[] = [];
let status = 200;

/** One more process of integrations, and a gateway that asks it. */
async function startBeside(env: NodeJS.ProcessEnv = {}): Promise<string> {
  const [api, gateway] = [await freePort(), await freePort()];
  const start = async (entry: string, port: number, more: NodeJS.ProcessEnv) => {
    const logFile = join(String(topology.environment.DATA_DIR), '..', `beside-${entry}-${port}.log`);
    const child = Child.start(`${entry}/main.js`, logFile, { ...topology.environment, PORT: String(port), ...more });
    children.push(child);
    await child.ready(`http://127.0.0.1:${port}`);
  };
  await start('integration', api, { ROLE: 'api', ...env });
  await start('gateway', gateway, { ROLE: 'all', [urlVariable('integration')]: `http://127.0.0.1:${api}` });
  return `http://127.0.0.1:${gateway}`;
}

beforeAll(async () => {
  topology = await startTopology({ domains: ['auth', 'integration'] });
  service = await HttpDouble.start((_call, response) => {
    setTimeout(() => sendJson(response, { ok: true }, status), ANSWER_AFTER_MS);
  });
  user = await makeUser(topology);
  second = graph({ url: await startBeside() }).as(user);
}, 180_000);
beforeEach(async () => {
  status = 200;
  user = await signIn(topology, user.email, user.password);
  second = graph({ url: second.url }).as(user);
});
afterAll(async () => {
  await Promise.all(children.map((child) => child.stop('SIGTERM')));
  await topology?.stop();
  await service?.stop();
});

async function register(circuitBreaker: object = {}): Promise<string> {
  const input = {
    name: unique('faults'),
    type: 'HTTP',
    configuration: { baseUrl: service.url },
    operations: [{ name: 'do', method: 'POST', path: '/do' }],
    policy: { retry: { maxAttempts: 1 }, timeoutMs: 5_000, circuitBreaker },
  };
  const made = await user.graph.mutate<{ integration: { id: string } }>(
    `mutation ($input: RegisterIntegrationInput!) {
      registerIntegration(input: $input) { ... on RegisterIntegrationSuccess { integration { id } } } }`,
    { input },
  );
  return made.integration.id;
}

const INVOKE = `mutation ($input: InvokeIntegrationInput!) {
  invokeIntegration(input: $input) { __typename ... on MutationError { code } } }`;

/** What became of a call: `done`, or the code of its failure. */
async function call(by: GraphClient, id: string, n: string | number): Promise<string> {
  const input = { id, operation: 'do', input: { n }, idempotencyKey: `${id}-${n}` };
  const answer = await by.ask<{ invokeIntegration: { __typename: string; code?: string } }>(INVOKE, { input });
  const [error] = answer.errors;
  if (error) return String(error.extensions?.code);
  const result = answer.data?.invokeIntegration;
  return result?.code ?? (result?.__typename === 'InvokeIntegrationSuccess' ? 'done' : 'nothing');
}

const circuitOf = async (by: GraphClient, id: string) => {
  const query = 'query ($id: ID!) { integration(id: $id) { circuitBreaker { state } } }';
  return (await by.query<{ integration: { circuitBreaker: { state: string } } }>(query, { id })).integration
    .circuitBreaker.state;
};

/** How often the service was asked for each call of an integration. */
function arrivals(id: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { headers } of service.calls) {
    const key = String(headers['idempotency-key']);
    if (key.startsWith(id)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Calls again and again in some lanes until `strike` is over, and some more calls after it. */
async function underLoad(id: string, by: GraphClient, strike: () => Promise<unknown>) {
  const results: { readonly n: number; readonly result: string }[] = [];
  let [n, isOver] = [0, false];
  const lane = async () => {
    while (!isOver) {
      const own = n++;
      results.push({ n: own, result: await call(by, id, own) });
    }
  };
  const lanes = Array.from({ length: LANES }, lane);
  await until('calls are under way', () => arrivals(id).size >= 3 * LANES, { timeoutMs: 60_000 });
  await strike();
  await until('calls succeed again', async () => (await call(by, id, `after-${n}`)) === 'done', { timeoutMs: 60_000 });
  isOver = true;
  await Promise.all(lanes);
  return results;
}

const FAULTS: Readonly<Record<string, () => Promise<unknown>>> = {
  async killed() {
    await topology.apis.integration.kill();
    await topology.startApi('integration');
  },
  async frozen() {
    topology.apis.integration.freeze();
    await delay(5_000);
    topology.apis.integration.thaw();
  },
  async 'without its database for a moment'() {
    const database = `${topology.databasePrefix}_integration`;
    // As a restart of PostgreSQL ends them.
    const end = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()';
    for (let round = 0; round < 5; round += 1) {
      await sql(topology, 'auth', end, [database]);
      await delay(200);
    }
  },
};

test.each(Object.keys(FAULTS))(
  'a process of integrations, %s, under load: no call arrives twice, and each failure is typed',
  async (fault) => {
    const id = await register({ minimumCalls: 20, failureRatePercent: 50 });
    const results = await underLoad(id, user.graph, FAULTS[fault]!);
    const counts = arrivals(id);
    expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
    const done = results.filter(({ result }) => result === 'done');
    expect(done.filter(({ n }) => !counts.has(`${id}-${n}`))).toEqual([]);
    const failures = new Set(results.map(({ result }) => result));
    failures.delete('done');
    expect([...failures].filter((code) => !['UNAVAILABLE', 'TIMEOUT'].includes(code))).toEqual([]);
    expect(await circuitOf(second, id)).toBe('CLOSED');
  },
  180_000,
);

test('a circuit that one process opens is open for the other, whose calls reach nobody; a reset closes it for both', async () => {
  const id = await register({ minimumCalls: 5, openSeconds: 600 });
  expect(await circuitOf(second, id)).toBe('CLOSED');
  status = 503;
  for (let n = 0; n < 20 && (await circuitOf(user.graph, id)) === 'CLOSED'; n += 1) await call(user.graph, id, n);
  expect(await circuitOf(second, id)).toBe('OPEN');
  const before = service.calls.length;
  const refused = await Promise.all(Array.from({ length: 20 }, (_, n) => call(second, id, `refused-${n}`)));
  expect(new Set(refused)).toEqual(new Set(['CIRCUIT_OPEN']));
  expect(service.calls.length).toBe(before);
  status = 200;
  await second.mutate(
    'mutation ($input: ResetCircuitBreakerInput!) { resetCircuitBreaker(input: $input) { __typename } }',
    { input: { id } },
  );
  await until('it is closed for the first one', async () => (await call(user.graph, id, unique('again'))) === 'done');
}, 120_000);

test('a process whose network is gone stops calling by itself, and does not open the circuit for others', async () => {
  const id = await register({ minimumCalls: 5, openSeconds: 600 });
  const preload = pathToFileURL(join(ROOT, 'tests/harness/lost-network.mjs')).href;
  const env = { NODE_OPTIONS: `--import ${preload}`, LOST_PORT: new URL(service.url).port };
  const lost = graph({ url: await startBeside(env) }).as(user);
  for (let n = 0; n < 10; n += 1) expect(await call(user.graph, id, `well-${n}`)).toBe('done');
  for (let n = 0; n < 10; n += 1) expect(await call(second, id, `well-too-${n}`)).toBe('done');
  const codes = [];
  for (let n = 0; n < 20; n += 1) codes.push(await call(lost, id, `lost-${n}`));
  expect(codes[0]).toBe('CONNECTION');
  expect(codes.at(-1)).toBe('CIRCUIT_OPEN');
  expect(await circuitOf(user.graph, id)).toBe('CLOSED');
  expect(await call(user.graph, id, 'well-again')).toBe('done');
  expect(await call(second, id, 'well-too-again')).toBe('done');
}, 180_000);
