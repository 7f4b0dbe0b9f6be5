import type { Pool } from 'pg';
import type { EventBus } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import type { QueueSystem } from '@flowmesh/platform/queue';
import { readOutbox, silent } from '@flowmesh/platform/subgraph-testing';
import { until } from '@flowmesh/platform/testing';
import { AgentStops } from '../modules/executions/engine/agent-stops.ts';
import { ChildAlignment } from '../modules/executions/engine/children/child-alignment.ts';
import { createDefinition } from '../modules/executions/engine/create-definition.ts';
import {
  DEFAULT_RETRY_POLICY,
  type ContextMode,
  type Definition,
  type StepDefinition,
} from '../modules/executions/engine/definition.ts';
import { Definitions } from '../modules/executions/engine/definitions.ts';
import { DRIVE_QUEUE } from '../modules/executions/engine/drive-job.ts';
import { Engine } from '../modules/executions/engine/engine.ts';
import { ExecutionHeaders } from '../modules/executions/engine/execution-headers.ts';
import { startWorker } from '../modules/executions/engine/worker.ts';
import { StartGates } from '../modules/limits/start-gates.ts';
import type { NotificationPort } from '../modules/executions/notifications/notification-port.ts';
import { StepNotificationStore } from '../modules/executions/notifications/notification-store.ts';
import type { ContextPort } from '../modules/executions/contexts/context-port.ts';
import type {
  AgentPort,
  IntegrationPort,
  RightsPort,
  WorkflowPort,
} from '../modules/executions/step-types/step-type.ts';
import type { DecisionOrigin } from '../modules/executions/engine/decision-origin.ts';

/** A bus nobody speaks on. */
export const silentBus: EventBus = {
  publish: async () => undefined,
  listen: () => () => undefined,
  consume: async () => ({ stop: async () => undefined }),
  behindSeconds: async () => 0,
  check: async () => undefined,
  close: async () => undefined,
};

export const noAgents: AgentPort = {
  begin: () => Promise.reject(new Error('no agents here')),
  ended: async () => new Map(),
  stop: async () => undefined,
};

/** Starters have all the rights still that they had. */
export const asThen: RightsPort = { now: async (_userId, then) => then };

/** Of what somebody decides. */
export const AT_THE_GRAPH: DecisionOrigin = {
  ...{ via: 'GRAPH', actorType: 'USER', service: null, sessionId: 'session', apiKeyId: null },
  ...{ address: null, userAgent: null, requestId: 'request' },
};

export const noContexts: ContextPort = {
  create: () => Promise.reject(new Error('no contexts here')),
  currentVersion: () => Promise.reject(new Error('no contexts here')),
  read: () => Promise.reject(new Error('no contexts here')),
  readLayer: () => Promise.reject(new Error('no contexts here')),
  merge: () => Promise.reject(new Error('no contexts here')),
};

export const noWorkflows: WorkflowPort = {
  admit: () => Promise.reject(new Error('no other workflows here')),
  start: () => Promise.reject(new Error('no other workflows here')),
};

export const noIntegrations: IntegrationPort = {
  invoke: () => Promise.reject(new Error('no integrations here')),
};

export const noNotifications: NotificationPort = {
  send: () => Promise.reject(new Error('no notifications here')),
};

export function createEngine(
  pool: Pool,
  queues: QueueSystem,
  agents: AgentPort = noAgents,
  serviceWaitMs = 900_000,
  contexts: ContextPort = noContexts,
  workflows: WorkflowPort = noWorkflows,
  integrations: IntegrationPort = noIntegrations,
  notifications: NotificationPort = noNotifications,
) {
  const definitions = new Definitions(pool);
  const agentStops = new AgentStops(pool, definitions, agents, silent);
  const engine: Engine = new Engine({
    pool,
    definitions,
    serviceWaitMs,
    queue: queues.queue(DRIVE_QUEUE),
    logger: silent,
    onCommit: () => undefined,
    openGates: (workflowId) => gates.open(workflowId),
    onAgentStops: (id) => void agentStops.stopOf(id),
    onChildrenConcerned: (id) => void alignment.alignOf(id),
  });
  const gates: StartGates = new StartGates(pool, () => engine, silent);
  const alignment = new ChildAlignment(pool, engine, silent);
  const headers = new ExecutionHeaders(pool);
  const options = {
    pool,
    engine,
    definitions,
    headers,
    agents,
    contexts,
    rights: asThen,
    workflows,
    integrations,
    notifications,
    sentNotifications: new StepNotificationStore(pool),
    agentStops,
    alignment,
    queues,
    bus: silentBus,
    logger: silent,
  };
  return { engine, gates, work: () => startWorker(options) };
}

export const step = (id: string, more: Partial<StepDefinition> = {}): StepDefinition => ({
  id,
  position: 0,
  name: id,
  stepType: 'TRANSFORM',
  agentId: null,
  config: { expression: `"${id}"` },
  dependencies: [],
  condition: null,
  timeoutSeconds: 300,
  retryCount: 3,
  continueOnFailure: false,
  onSkip: 'SKIP_FOLLOWERS',
  onFailure: [],
  retryPolicy: DEFAULT_RETRY_POLICY,
  waitTimeoutSeconds: null,
  compensation: null,
  ...more,
});

/** Stores a workflow, past all validation. */
export async function storeWorkflow(
  pool: Pool,
  given: readonly StepDefinition[],
  config = {},
  contextMode: ContextMode = 'GIVEN',
): Promise<Definition> {
  const workflowId = newId();
  const steps = given.map((each, position) => ({ ...each, position }));
  await pool.query(
    `insert into workflows (id, owner_id, name, type, status) values ($1, 'owner', $1, 'PARALLEL', 'ACTIVE')`,
    [workflowId],
  );
  await pool.query(
    `insert into workflow_versions (workflow_id, version, type, config, context_mode) values ($1, 1, 'PARALLEL', $2, $3)`,
    [workflowId, config, contextMode],
  );
  await pool.query(
    `insert into workflow_steps (workflow_id, version, id, position, name, step_type, agent_id, config, dependencies,
                                 condition, timeout_seconds, retry_count, continue_on_failure, on_skip, on_failure, retry_policy,
                                 wait_timeout_seconds, compensation)
     select $1, 1, s.id, s.position, s.name, s."stepType", s."agentId", s.config, s.dependencies, s.condition,
            s."timeoutSeconds", s."retryCount", s."continueOnFailure", s."onSkip", s."onFailure", s."retryPolicy", s."waitTimeoutSeconds",
            nullif(s.compensation, 'null')
     from jsonb_to_recordset($2::jsonb) s(
       id text, position int, name text, "stepType" workflow_step_type, "agentId" text, config jsonb,
       dependencies text[], condition text, "timeoutSeconds" int, "retryCount" int, "continueOnFailure" boolean,
       "onSkip" workflow_on_skip, "onFailure" text[], "retryPolicy" jsonb, "waitTimeoutSeconds" int, compensation jsonb)`,
    [workflowId, JSON.stringify(steps)],
  );
  return createDefinition({ workflowId, version: 1, config, contextMode, steps });
}

export const startRequest = (definition: Definition, input: unknown = null, idempotencyKey: string | null = null) => ({
  id: newId(),
  definition,
  ownerId: 'owner',
  startedById: 'starter',
  contextId: null,
  rights: {
    scopes: [
      ...['agent:read', 'agent:execute', 'context:read', 'context:write'],
      ...['workflow:execute', 'integration:invoke', 'notification:send'],
    ],
    roleIds: [],
    keyId: null,
  },
  input,
  idempotencyKey,
  requestDigest: null,
  metadata: {},
  requestId: 'request',
});

export async function readExecution(pool: Pool, id: string) {
  const { rows } = await pool.query(
    `select e.status, e.result, e.error, e.event_seq,
            (select jsonb_object_agg(s.step_id, s.status) from workflow_step_executions s where s.execution_id = e.id) as steps
     from workflow_executions e where id = $1`,
    [id],
  );
  return rows[0] as {
    readonly status: string;
    readonly result: unknown;
    readonly error: unknown;
    readonly event_seq: number;
    readonly steps: Readonly<Record<string, string>>;
  };
}

export async function readEvents(pool: Pool, id: string): Promise<string[]> {
  const events = await readOutbox(pool, `workflow-execution:${id}`);
  return events.map(
    ({ type, payload }) => type.replace('workflow.', '') + (payload.stepId ? ` ${payload.stepId}` : ''),
  );
}

export const ended = (pool: Pool, id: string) =>
  until(
    `execution ${id} ends`,
    async () => {
      const execution = await readExecution(pool, id);
      return ['COMPLETED', 'FAILED', 'CANCELLED'].includes(execution.status) && execution;
    },
    { timeoutMs: 20_000 },
  );
