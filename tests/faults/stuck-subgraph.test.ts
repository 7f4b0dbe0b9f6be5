import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorkflow, registerAgent, transformStep } from '../harness/fixtures.ts';
import type { GraphError } from '../harness/graph.ts';
import { metric } from '../harness/metrics.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { until } from '@flowmesh/platform/testing';
import { makeUser, type TestUser } from '../harness/users.ts';

/** Several times what it takes on an idle machine; far less than the deadline of the stuck one. */
const AT_ONCE_MS = 3_000;
/** Deadlines are 5 s for queries and streams and 10 s for mutations; the machine has other things to do. */
const QUERY_MS = 9_000;
const MUTATION_MS = 15_000;

let topology: Topology;
let user: TestUser;
let agentId: string;
let workflowId: string;

beforeAll(async () => {
  topology = await startTopology();
  user = await makeUser(topology);
  agentId = await registerAgent(user.graph);
  workflowId = await createWorkflow(user.graph, { steps: [transformStep('one', '1')] });
}, 180_000);
afterAll(async () => {
  for (const api of Object.values(topology?.apis ?? {})) api.process.kill('SIGCONT');
  await topology?.stop();
});

const BOTH = 'query ($agentId: ID!, $workflowId: ID!) { agent(id: $agentId) { id } workflow(id: $workflowId) { id } }';
const WORKFLOW = 'query ($workflowId: ID!) { workflow(id: $workflowId) { id } me { id } }';
const EVENTS = 'subscription { agentEvents { cursor } }';
const EXECUTE = `mutation ($input: ExecuteAgentInput!) {
  executeAgent(input: $input) { ... on ExecuteAgentSuccess { execution { status } } }
}`;
const SEND = `mutation ($input: SendNotificationInput!) {
  sendNotification(input: $input) { ... on SendNotificationSuccess { notification { id } } ... on MutationError { message } }
}`;

async function readiness(): Promise<{ readonly http: number; readonly status: string; readonly down: string[] }> {
  const response = await fetch(`${topology.url}/health/ready`, { signal: AbortSignal.timeout(AT_ONCE_MS) });
  const body = (await response.json()) as { status: string; checks: { name: string; status: string }[] };
  const down = body.checks.filter(({ status }) => status === 'down').map(({ name }) => name);
  return { http: response.status, status: body.status, down };
}

async function timed<T>(work: Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const begun = performance.now();
  return { value: await work, ms: performance.now() - begun };
}

const codesOf = (errors: readonly GraphError[]) => errors.map(({ extensions }) => extensions?.code);

/** What a subscription over server-sent events is told first: an event, or why it is refused. */
async function firstTold(): Promise<{ readonly data?: unknown; readonly errors?: readonly GraphError[] }> {
  const response = await fetch(`${topology.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${user.accessToken}`,
    },
    body: JSON.stringify({ query: EVENTS }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) return (await response.json()) as { errors: GraphError[] };
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body!) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    const [, event] = /^event: next\ndata: (.*)$/m.exec(text) ?? [];
    if (event) return JSON.parse(event) as { data?: unknown; errors?: GraphError[] };
  }
  throw new Error(`the stream ended: ${text}`);
}

test('one stuck subgraph: ready and degraded, the others are answered at once, what needs it is told so in seconds', async () => {
  const { graph } = user;
  topology.apis.agent.process.kill('SIGSTOP');
  await until('it is noticed', async () => (await readiness()).status === 'degraded');
  expect(await readiness()).toEqual({ http: 200, status: 'degraded', down: ['agent service'] });

  // Asked to wait for its work: it does, and is answered when the subgraph goes on.
  const waits = graph.ask<{ executeAgent: object }>(EXECUTE, { input: { agentId, input: {}, wait: true } });
  const [both, executed, overSse, overSocket] = await Promise.all([
    timed(graph.ask(BOTH, { agentId, workflowId })),
    timed(graph.ask(EXECUTE, { input: { agentId, input: {} } })),
    timed(firstTold()),
    timed(
      graph
        .subscribe(EVENTS)
        .next()
        .catch((error: { codes: unknown }) => error.codes),
    ),
    // While all of these wait.
    timed(graph.ask(WORKFLOW, { workflowId })).then(({ value, ms }) => {
      expect([value.data, value.errors]).toEqual([{ workflow: { id: workflowId }, me: { id: user.id } }, []]);
      expect(ms).toBeLessThan(AT_ONCE_MS);
    }),
  ]);
  expect(both.value.data).toEqual({ agent: null, workflow: { id: workflowId } });
  expect(codesOf(both.value.errors)).toEqual(['UNAVAILABLE']);
  expect(codesOf(executed.value.errors)).toEqual(['UNAVAILABLE']);
  expect(codesOf(overSse.value.errors ?? [])).toEqual(['UNAVAILABLE']);
  expect(overSocket.value).toEqual(['UNAVAILABLE']);
  for (const { ms } of [both, overSse, overSocket]) expect(ms).toBeLessThan(QUERY_MS);
  expect(executed.ms).toBeLessThan(MUTATION_MS);

  topology.apis.agent.process.kill('SIGCONT');
  expect((await waits).data).toEqual({ executeAgent: { execution: { status: 'COMPLETED' } } });
  await until('it is ready', async () => (await readiness()).status === 'ready');
  expect((await graph.ask(BOTH, { agentId, workflowId })).data).toEqual({
    agent: { id: agentId },
    workflow: { id: workflowId },
  });
  const again = graph.subscribe<{ agentEvents: { cursor: string } }>(EVENTS);
  expect(await again.next()).toEqual({ agentEvents: { cursor: expect.any(String) } });
  again.close();
}, 90_000);

test('a mutation that nobody asked to wait for is told so in seconds', async () => {
  const { graph } = user;
  const input = { input: { channel: 'IN_APP', subject: 'Hello', content: 'Hello' } };
  topology.apis.notification.process.kill('SIGSTOP');
  const { value, ms } = await timed(graph.ask(SEND, input));
  expect(codesOf(value.errors)).toEqual(['UNAVAILABLE']);
  expect(ms).toBeLessThan(MUTATION_MS);
  topology.apis.notification.process.kill('SIGCONT');
  const sent = await until('it is asked again', async () => (await graph.ask(SEND, input)).data);
  expect(sent).toEqual({ sendNotification: { notification: { id: expect.any(String) } } });
}, 90_000);

/** Begins something at a steady rate, whether or not it is answered; resolves with all outcomes. */
async function atRate<T>(perSecond: number, seconds: number, begin: (index: number) => Promise<T>): Promise<T[]> {
  const begun: Promise<T>[] = [];
  const since = performance.now();
  while (begun.length < perSecond * seconds) {
    const due = (performance.now() - since) * (perSecond / 1_000);
    while (begun.length <= due && begun.length < perSecond * seconds) begun.push(begin(begun.length));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return Promise.all(begun);
}

/** Equal queries at the same time would be one call. */
const agentQuery = (index: number) => `query ($agentId: ID!) { a${index}: agent(id: $agentId) { id } }`;
const SERVICES = '{ services { name status reason } }';
interface Services {
  services: { name: string; status: string; reason: string | null }[];
}

test('calls to a stuck subgraph leave room for all others, and are refused at once until it is back', async () => {
  const { graph } = user;
  topology.apis.agent.process.kill('SIGSTOP');
  const [stuck, others] = await Promise.all([
    atRate(40, 10, (index) => timed(graph.ask(agentQuery(index), { agentId }))),
    atRate(10, 10, () => timed(graph.ask(WORKFLOW, { workflowId }))),
  ]);
  // Until the circuit opens half of the gateway's places may be held; while its own event loop is behind it has fewer of them.
  const refused = others.flatMap(({ value }) => value.errors.map(({ message }) => message));
  expect(refused.filter((message) => !message.startsWith('There is more to do'))).toEqual([]);
  const later = others.slice(-20);
  expect(later.filter(({ value }) => value.status !== 200 || value.errors.length > 0)).toEqual([]);
  expect(Math.max(...later.map(({ ms }) => ms))).toBeLessThan(AT_ONCE_MS);
  expect(new Set(stuck.flatMap(({ value }) => [value.status, ...codesOf(value.errors)]))).toEqual(
    new Set([503, 'UNAVAILABLE']),
  );
  // Half of the gateway's places, and those that took the places of the first that were given up.
  expect(stuck.filter(({ ms }) => ms > 4_500).length).toBeLessThanOrEqual(55);
  expect(Math.max(...stuck.slice(-80).map(({ ms }) => ms))).toBeLessThan(1_000);

  expect(await metric(topology.url, 'subgraph_circuit_open{subgraph="agent"}')).toBe(1);
  const { services } = await graph.query<Services>(SERVICES);
  expect(services.filter(({ status }) => status !== 'HEALTHY')).toEqual([
    { name: 'gateway', status: 'DEGRADED', reason: 'Without an answer: agent service.' },
    { name: 'agent', status: 'DOWN', reason: expect.stringMatching(/^It has not answered since 20.*Z, and is not/) },
  ]);
  const over = timed(graph.subscribe(EVENTS).next());
  await expect(over).rejects.toMatchObject({ codes: ['UNAVAILABLE'] });

  topology.apis.agent.process.kill('SIGCONT');
  const back = await timed(
    until('it is asked again', async () => (await graph.ask(agentQuery(0), { agentId })).errors.length === 0),
  );
  expect(back.ms).toBeLessThan(AT_ONCE_MS);
  const after = await atRate(40, 2, (index) => timed(graph.ask(agentQuery(index), { agentId })));
  expect(after.filter(({ value }) => value.errors.length > 0)).toEqual([]);
  expect(Math.max(...after.map(({ ms }) => ms))).toBeLessThan(AT_ONCE_MS);
}, 90_000);
