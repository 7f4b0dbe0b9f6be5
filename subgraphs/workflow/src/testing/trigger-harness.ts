import type { Viewer } from '@flowmesh/platform/access';
import type { EventBus, StoredEvent } from '@flowmesh/platform/events';
import type { SubgraphSource } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import { subgraphUnderTest } from '@flowmesh/platform/subgraph-testing';
import { until } from '@flowmesh/platform/testing';
import { buildSubgraph } from '../subgraph.ts';
import { silentBus } from './engine-harness.ts';
import { createLocalQueues } from './local-queues.ts';
import { user } from './workflow-harness.ts';

interface KnownUser {
  status: 'ACTIVE' | 'SUSPENDED' | 'DELETED';
  scopes: readonly string[];
}

/** Stands in for a service of the product; `answer` may throw. */
const source = (
  name: string,
  answer: (variables: Record<string, unknown>, viewer: Viewer) => object,
): SubgraphSource => ({
  name,
  execute: async ({ variables = {} }, { viewer }) => ({ data: { ...answer(variables, viewer) } }),
  subscribe: () => Promise.reject(new Error('not here')),
  close: async () => undefined,
});

interface Webhook {
  readonly ownerId: string;
  readonly type: string;
  readonly body: string;
}

export type TriggerHarness = Awaited<ReturnType<typeof startTriggers>>;

/** The subgraph in some processes on one database, with a clock that a test sets, users whose rights it takes away, and a bus. */
export async function startTriggers(processes = 1) {
  const users = new Map<string, KnownUser>();
  const webhooks = new Map<string, Webhook>();
  /** API keys that were taken back. */
  const revoked = new Set<string>();
  const away = new Set<string>();
  const handlers: ((event: StoredEvent) => Promise<void>)[] = [];
  const clock = { at: new Date('2026-03-01T00:00:00Z') };

  const here = (name: string) => {
    if (away.has(name)) throw new Error(`${name} does not answer`);
  };
  const auth = source('auth', ({ representations }) => {
    here('auth');
    const _entities = (representations as { __typename: string; id: string }[]).map(({ __typename, id }) => {
      if (__typename === 'ApiKey') return { keyStatus: revoked.has(id) ? 'REVOKED' : 'ACTIVE' };
      const known = users.get(id) ?? { status: 'ACTIVE', scopes: ['*:*'] };
      return { ...known, mfaEnrolmentRequired: false, roles: [] };
    });
    return { _entities };
  });
  const integration = source('integration', ({ id }, viewer) => {
    here('integration');
    const webhook = webhooks.get(String(id));
    const isTheirs = viewer.kind !== 'anonymous' && webhook?.ownerId === viewer.userId;
    const inboundWebhook = isTheirs
      ? { id, type: webhook.type, receivedAt: clock.at.toISOString(), body: webhook.body }
      : null;
    return { inboundWebhook, integration: String(id).startsWith('integration') ? { id } : null };
  });
  const bus: EventBus = {
    ...silentBus,
    consume: async (group, types, handler) => {
      if (group === 'workflow-triggers')
        handlers.push(async (event) => void (types.includes(event.type) && (await handler(event))));
      return { stop: async () => undefined };
    },
  };
  const tested = await subgraphUnderTest('workflow', {
    connections: 5,
    queues: createLocalQueues(),
    bus,
    services: new Map([
      ['auth', auth],
      ['integration', integration],
    ]),
  });
  const started = [];
  for (let n = 0; n < processes; n += 1) {
    const roles = { api: true, worker: true };
    started.push(await tested.process((platform) => buildSubgraph(platform, roles, async () => clock.at)));
  }
  const [first] = started;
  if (!first) throw new Error('no process');
  const ask = async <T>(viewer: Viewer, query: string, variables: object = {}): Promise<T> =>
    JSON.parse(JSON.stringify(await first.ask(viewer, query, variables, { requestId: 'test' }))) as T;

  return {
    pool: tested.pool,
    users,
    revoked,
    webhooks,
    away,
    clock,
    ask,
    setClock: (time: string) => void (clock.at = new Date(time)),
    /** Hands an event to every process, each of which could be the one that gets it. */
    async publish(
      event: Pick<StoredEvent, 'type' | 'ownerId' | 'payload'> & Partial<StoredEvent>,
    ): Promise<StoredEvent> {
      const id = `test:${newId()}`;
      const occurredAt = new Date(Date.now() + 60_000);
      const whole = { version: 1, stream: 's', domain: 'test', position: id, id, occurredAt, ...event };
      await Promise.all(handlers.map((handle) => handle(whole)));
      return whole;
    },
    stop: () => tested.stop(),
  };
}

export const maker = (id: string, ...extra: string[]): Viewer => user(id, ...extra);

/** A workflow that ends at once, or, with `seconds`, after a delay. */
export async function workflowOf(
  { ask }: TriggerHarness,
  viewer: Viewer,
  seconds = 0,
  more: object = {},
): Promise<string> {
  const step = seconds
    ? { id: 'wait', stepType: 'DELAY', config: { seconds } }
    : { id: 'echo', stepType: 'TRANSFORM', config: { expression: 'input' } };
  const { createWorkflow } = await ask<{ createWorkflow: { workflow: { id: string } } }>(
    viewer,
    `mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) { ... on CreateWorkflowSuccess { workflow { id } } } }`,
    { input: { name: newId(), steps: [step], ...more } },
  );
  return createWorkflow.workflow.id;
}

export interface SeenFiring {
  readonly id: string;
  readonly cause: string;
  readonly status: string;
  readonly dueAt: string;
  readonly reason: { readonly code: string; readonly message: string } | null;
  readonly execution: { readonly id: string; readonly status: string; readonly input: unknown } | null;
}

const FIRING = 'id cause status dueAt reason { code message } execution { id status input }';
export const TRIGGER = `id name status pausedReason { code message } nextRuns lastRun { ${FIRING} } history { totalCount nodes { ${FIRING} } }`;

export interface SeenTrigger {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly pausedReason: { readonly code: string } | null;
  readonly nextRuns: string[];
  readonly lastRun: SeenFiring | null;
  readonly history: { readonly totalCount: number; readonly nodes: SeenFiring[] };
}

export async function createTrigger<T = { trigger: SeenTrigger }>(
  { ask }: TriggerHarness,
  viewer: Viewer,
  input: object,
): Promise<T & { __typename: string; message?: string; fields?: { path: string; message: string }[] }> {
  const { createWorkflowTrigger } = await ask<{ createWorkflowTrigger: never }>(
    viewer,
    `mutation ($input: CreateWorkflowTriggerInput!) { createWorkflowTrigger(input: $input) {
       __typename ... on CreateWorkflowTriggerSuccess { trigger { ${TRIGGER} } }
       ... on MutationError { message } ... on InvalidInputError { fields { path message } } } }`,
    { input: { name: newId(), ...input } },
  );
  return createWorkflowTrigger;
}

export async function change(
  { ask }: TriggerHarness,
  viewer: Viewer,
  verb: 'update' | 'delete' | 'pause' | 'resume' | 'run',
  input: object,
) {
  const Verb = verb.charAt(0).toUpperCase() + verb.slice(1);
  const read = { delete: 'triggerId', run: `firing { ${FIRING} }` }[verb as 'delete'] ?? `trigger { ${TRIGGER} }`;
  const invalid = ['update', 'run'].includes(verb) ? '... on InvalidInputError { fields { path message } }' : '';
  const data = await ask<Record<string, { __typename: string; trigger?: SeenTrigger; firing?: SeenFiring }>>(
    viewer,
    `mutation ($input: ${Verb}WorkflowTriggerInput!) { ${verb}WorkflowTrigger(input: $input) {
       __typename ... on ${Verb}WorkflowTriggerSuccess { ${read} } ... on MutationError { message } ${invalid} } }`,
    { input },
  );
  return data[`${verb}WorkflowTrigger`] ?? { __typename: 'none' };
}

export async function look({ ask }: TriggerHarness, viewer: Viewer, id: string): Promise<SeenTrigger> {
  const { workflowTrigger } = await ask<{ workflowTrigger: SeenTrigger }>(
    viewer,
    `query ($id: ID!) { workflowTrigger(id: $id) { ${TRIGGER} } }`,
    { id },
  );
  return workflowTrigger;
}

/** Until so many firings are decided, and those that started something have done it; the oldest first. */
export const fired = (harness: TriggerHarness, viewer: Viewer, id: string, count: number) =>
  until(
    `trigger ${id} has fired ${count} times`,
    async () => {
      const { history } = await look(harness, viewer, id);
      const decided = history.nodes.filter(({ status }) => !['PENDING', 'STARTING'].includes(status));
      return decided.length >= count && [...history.nodes].reverse();
    },
    { timeoutMs: 20_000 },
  );
