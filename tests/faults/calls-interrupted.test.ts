import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Child } from '../harness/child.ts';
import type { Domain } from '../harness/databases.ts';
import { agentStep, createWorkflow, executeWorkflow, registerAgent } from '../harness/fixtures.ts';
import { testExecutions } from '../harness/test-config.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { type HttpCall, HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { makeUser, signIn, unique, type TestUser } from '../harness/users.ts';

const THOROUGH = testExecutions();
const EXECUTIONS = THOROUGH ?? 20;
const STEPS = ['a', 'b', 'c', 'd', 'e'];
/** Longer than calls between services wait for an answer, and than every lease. */
const FROZEN_MS = 20_000;
/** So that there are always calls under way. */
const ANSWER_AFTER_MS = 30;
const PATIENCE = { timeoutMs: 60_000 + EXECUTIONS * 500, everyMs: 200 };

let topology: Topology;
let sink: HttpDouble;
let user: TestUser;
let workflowId: string;

beforeAll(async () => {
  // Notifications are only struck when every fault is tried.
  topology = await startTopology(THOROUGH ? {} : { domains: ['auth', 'agent', 'workflow'] });
  sink = await HttpDouble.start((_call, response) => {
    setTimeout(() => sendJson(response, { ok: true }), ANSWER_AFTER_MS);
  });
  user = await makeUser(topology);
  const http = { url: sink.url };
  const agent = { name: unique('sink'), type: 'Http', kind: 'HTTP', http, concurrencyLimit: 10 };
  const agentId = await registerAgent(user.graph, agent);
  workflowId = await createWorkflow(user.graph, {
    steps: STEPS.map((id, index) =>
      agentStep(id, agentId, {
        config: { input: `{"run": input.run, "n": input.n, "step": "${id}"}` },
        dependencies: STEPS.slice(Math.max(0, index - 1), index),
      }),
    ),
  });
}, 120_000);

afterAll(async () => {
  await topology?.stop();
  await sink?.stop();
});

interface Part {
  /** The process that runs now. */
  readonly now: () => Child;
  readonly again: () => Promise<Child>;
}

const api = (domain: Domain): Part => ({
  now: () => topology.apis[domain],
  again: () => topology.startApi(domain),
});
const worker = (domain: Exclude<Domain, 'auth'>): Part => ({
  now: () => topology.workers.find(({ logFile }) => logFile.includes(`/${domain}-worker-`))!,
  again: () => topology.startWorker(domain),
});
const PARTS: Readonly<Record<string, readonly Part[]>> = {
  'the API of agents': [api('agent')],
  'the worker of agents': [worker('agent')],
  'the API of workflows': [api('workflow')],
  'the worker of workflows': [worker('workflow')],
  'all workers': [worker('agent'), worker('workflow')],
  'everything else': [
    api('auth'),
    api('notification'),
    worker('notification'),
    { now: () => topology.gateway, again: () => topology.startGateway() },
  ],
};

type Fault = (parts: readonly Part[]) => Promise<unknown>;

const FAULTS: Readonly<Record<string, Fault>> = {
  async frozen(parts) {
    const frozen = parts.map(({ now }) => now());
    for (const child of frozen) child.freeze();
    await delay(FROZEN_MS);
    for (const child of frozen) child.thaw();
  },
  async killed(parts) {
    await Promise.all(parts.map(({ now }) => now().kill()));
    await Promise.all(parts.map(({ again }) => again()));
  },
  async restarted(parts) {
    await Promise.all(parts.map(({ now }) => now().stop('SIGTERM')));
    await Promise.all(parts.map(({ again }) => again()));
  },
};

const ORDINARY = [
  ['the API of agents', 'frozen'],
  ['the API of agents', 'killed'],
  ['all workers', 'killed'],
];
const EVERY = Object.keys(PARTS).flatMap((part) => Object.keys(FAULTS).map((fault) => [part, fault]));

interface Shown {
  readonly status: string;
  readonly steps: readonly { readonly waitingFor: { readonly service: string } | null }[];
}

const show = async (id: string) =>
  (
    await user.graph.query<{ workflowExecution: Shown }>(
      `query ($id: ID!) {
        workflowExecution(id: $id) { status error { code message } steps { id status attempts waitingFor { service } } }
      }`,
      { id },
    )
  ).workflowExecution;

const ENDED: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);

/** Executes the workflow, strikes when a part of the effects has been seen, waits for all ends. */
async function runThrough(strike: (ids: readonly string[]) => Promise<unknown>) {
  // All of them together take longer than a token is good for.
  user = await signIn(topology, user.email, user.password);
  const run = unique('run');
  const received = () => sink.calls.filter(({ body }) => body.includes(run));
  const ids: string[] = [];
  for (let n = 0; n < EXECUTIONS; n += 10) {
    const some = Array.from({ length: Math.min(10, EXECUTIONS - n) }, (_, index) =>
      executeWorkflow(user.graph, workflowId, { input: { run, n: n + index } }),
    );
    ids.push(...(await Promise.all(some)));
  }
  await until('some effects', () => received().length >= EXECUTIONS, { timeoutMs: 60_000, everyMs: 5 });
  const struck = performance.now();
  await strike(ids);
  const ended = new Map<string, Shown>();
  const look = async () => {
    for (const id of ids) {
      if (ended.has(id)) continue;
      const execution = await show(id);
      if (ENDED.has(execution.status)) ended.set(id, execution);
      // They end about in the order in which they were begun.
      else break;
    }
    return ended.size === ids.length;
  };
  await until('all end', look, PATIENCE);
  const seconds = (performance.now() - struck) / 1_000;
  return { calls: received(), ended: [...ended.values()], seconds };
}

/** Keys under which each effect, `<n> <step>`, was received. */
function keysByEffect(calls: readonly HttpCall[]): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>();
  for (const { body, headers } of calls) {
    const { n, step } = (JSON.parse(body) as { input: { n: number; step: string } }).input;
    const effect = `${n} ${step}`;
    keys.set(effect, (keys.get(effect) ?? new Set()).add(String(headers['idempotency-key'])));
  }
  return keys;
}

test.each(THOROUGH ? EVERY : ORDINARY)(
  '%s, %s: all executions complete, no effect under two keys',
  async (part, fault) => {
    const { calls, ended, seconds } = await runThrough(() => FAULTS[fault!]!(PARTS[part!]!));
    expect(ended.filter(({ status }) => status !== 'COMPLETED')).toEqual([]);
    const keys = keysByEffect(calls);
    if (THOROUGH) {
      console.log(
        `${part} ${fault}: ${ended.length} executions, ${keys.size} effects, ${calls.length} calls, all ended after ${seconds.toFixed(1)} s`,
      );
    }
    expect(keys.size).toBe(EXECUTIONS * STEPS.length);
    expect([...keys].filter(([, { size }]) => size !== 1)).toEqual([]);
  },
  900_000,
);

test('a step says which service it waits for, as long as it does not answer', async () => {
  const { ended } = await runThrough(async () => {
    await topology.apis.agent.stop('SIGTERM');
    // Those before may have called their agents already, and wait for them to end.
    const late = await executeWorkflow(user.graph, workflowId, { input: { run: unique('late'), n: 0 } });
    const waiting = async () => (await show(late)).steps.find(({ waitingFor }) => waitingFor)?.waitingFor ?? null;
    expect(await until('a step waits', waiting)).toEqual({ service: 'agent' });
    await topology.startApi('agent');
    await until('it ends', async () => (await show(late)).status === 'COMPLETED', PATIENCE);
  });
  const left = ended.flatMap(({ status, steps }) => [status, ...steps.map(({ waitingFor }) => waitingFor)]);
  expect(new Set(left)).toEqual(new Set(['COMPLETED', null]));
}, 120_000);

test('a step whose agent is at work says so when the service cannot be asked how far it is', async () => {
  user = await signIn(topology, user.email, user.password);
  const release: (() => void)[] = [];
  const slow = await HttpDouble.start((_call, response) => {
    release.push(() => sendJson(response, { ok: true }));
  });
  try {
    const agent = { name: unique('slow'), type: 'Http', kind: 'HTTP', http: { url: slow.url } };
    const agentId = await registerAgent(user.graph, agent);
    const id = await executeWorkflow(
      user.graph,
      await createWorkflow(user.graph, { steps: [agentStep('a', agentId)] }),
    );
    await until('the agent is at work', () => release.length > 0, PATIENCE);
    const waitingFor = async () => (await show(id)).steps[0]!.waitingFor;
    expect(await waitingFor()).toBeNull();
    await topology.apis.agent.stop('SIGTERM');
    expect(await until('it is shown', waitingFor, PATIENCE)).toEqual({ service: 'agent' });
    await topology.startApi('agent');
    await until('it is heard of again', async () => (await waitingFor()) === null, PATIENCE);
    expect(await show(id)).toMatchObject({ status: 'RUNNING', steps: [{ waitingFor: null }] });
    for (const answer of release) answer();
    await until('it ends', async () => (await show(id)).status === 'COMPLETED', PATIENCE);
    expect(slow.calls).toHaveLength(1);
  } finally {
    await slow.stop();
  }
}, 180_000);
