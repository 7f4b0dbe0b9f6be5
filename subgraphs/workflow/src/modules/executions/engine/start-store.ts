import type { Pool, PoolClient } from 'pg';
import { appendEvents } from '@flowmesh/platform/events';
import { applyCommand } from './apply-command.ts';
import { count, countersOf, writeStats } from './command-store.ts';
import type { ReadyStep } from './commands.ts';
import * as statements from './engine-statements.ts';
import { toNewEvents } from './execution-events.ts';
import { resultOf } from './execution-result.ts';
import { writeLogs } from './logs/log-writes.ts';
import { refusedStarts } from '../../limits/refused-starts.ts';
import { newExecution } from './new-execution.ts';
import { inPipelinedTransaction } from './pipelined-transaction.ts';
import { PRIORITIES, type ComputedStart, type Started, type StartRequest } from './start-request.ts';
import { occasionOf, Turn } from './turn.ts';

/**
 * Stores executions with their steps, all in one transaction, but for those that a limit refuses: computed steps are completed by then, and so is an execution that
 * has no others. Fails when a workflow is gone.
 */
export async function startExecutions(
  pool: Pool,
  serviceWaitMs: number,
  requests: readonly ComputedStart[],
): Promise<Started[]> {
  return inPipelinedTransaction(pool, async (client, begun) => {
    const refused = await refusedStarts(client, requests);
    const accepted = requests.filter(({ id }) => !refused.has(id));
    const stored = accepted.length > 0 ? await storeExecutions(client, begun, serviceWaitMs, accepted) : [];
    const started = new Map(accepted.map(({ id }, index) => [id, stored[index]]));
    return requests.map(
      ({ id }) => started.get(id) ?? { id, created: false, turn: null, ready: [], refused: refused.get(id) },
    );
  });
}

async function storeExecutions(
  client: PoolClient,
  begun: Promise<unknown>,
  serviceWaitMs: number,
  requests: readonly ComputedStart[],
): Promise<Started[]> {
  const workflowIds = [...new Set(requests.map(({ definition }) => definition.workflowId))];
  const [, { rows }] = await Promise.all([
    // First, as whoever deletes a workflow does it in this order too.
    client.query({ ...statements.LOCK_WORKFLOWS, values: [workflowIds] }),
    client.query<{ now: Date }>({ ...statements.NOW }),
    begun,
  ]);
  const now = rows[0]?.now ?? new Date();
  const starts = requests.map((request) => ({ request, turn: begin(request, now, serviceWaitMs) }));
  const inserted = await insertExecutions(client, starts);
  const created = starts.filter(({ request }) => inserted.has(request.id));
  const refused = requests.filter(({ id }) => !inserted.has(id));
  const turns = created.map(({ turn }) => turn);
  const [known] = await Promise.all([
    findKnown(client, refused),
    ...insertSteps(client, turns),
    ...insertLimitedStarts(
      client,
      created.map(({ request }) => request),
    ),
    appendEvents(client, turns.flatMap(eventsOf)),
    ...writeStats(client, turns),
    ...writeLogs(
      client,
      turns.flatMap(({ logs }) => logs),
    ),
    ...count(client, [
      ...turns.map(({ state }) => ({ workflowId: state.workflowId, started: 1 })),
      ...countersOf(turns),
    ]),
  ]);
  return starts.map(({ request, turn }) => {
    const place = inserted.get(request.id);
    if (place === undefined)
      return { id: known.get(keyOf(request)) ?? request.id, created: false, turn: null, ready: [] };
    return { id: request.id, created: true, turn: turn.changed ? null : place, ready: readyOf(turn) };
  });
}

function begin(request: ComputedStart, now: Date, serviceWaitMs: number): Turn {
  const turn = new Turn(request.definition, newExecution(request, now), now, serviceWaitMs);
  if (request.computed.length > 0)
    applyCommand(turn, { kind: 'compute', ahead: { reruns: 0, steps: request.computed } });
  return turn;
}

const readyOf = ({ state }: Turn): ReadyStep[] =>
  [...state.steps.values()]
    .filter(({ status }) => status === 'READY')
    .map((step) => ({ stepId: step.stepId, delayMs: 0, occasion: occasionOf(step) }));

interface Start {
  readonly request: StartRequest;
  readonly turn: Turn;
}

async function insertExecutions(client: PoolClient, starts: readonly Start[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; turn: number }>({
    ...statements.INSERT_EXECUTIONS,
    values: [JSON.stringify(starts.map(executionRow))],
  });
  return new Map(rows.map(({ id, turn }) => [id, turn]));
}

const executionRow = ({ request, turn, turn: { state } }: Start) => ({
  id: request.id,
  workflow_id: request.definition.workflowId,
  workflow_version: request.definition.version,
  owner_id: request.ownerId,
  started_by_id: request.startedById,
  starter_scopes: request.rights.scopes,
  starter_role_ids: request.rights.roleIds,
  starter_key_id: request.rights.keyId,
  context_id: request.contextId,
  input: request.input ?? null,
  idempotency_key: request.idempotencyKey,
  request_digest: request.requestDigest,
  metadata: request.metadata,
  request_id: request.requestId,
  depth: request.depth ?? 0,
  start_gate: state.startGate,
  priority: PRIORITIES.indexOf(request.priority ?? 'NORMAL'),
  status: state.status,
  event_seq: state.eventSeq,
  log_seq: state.logSeq,
  created_at: state.createdAt,
  started_at: state.startedAt,
  completed_at: state.completedAt,
  result: turn.finished ? (resultOf(turn)?.value ?? null) : null,
});

function insertSteps(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const rows = turns.flatMap(({ definition, state }) =>
    [...state.steps.values()].map((step) => ({
      execution_id: state.id,
      step_id: step.stepId,
      position: definition.byId.get(step.stepId)?.position,
      step_type: step.stepType,
      status: step.status,
      ready_at: step.readyAt,
      deadline_at: step.deadlineAt,
      attempts: step.attempts,
      started_at: step.startedAt,
      completed_at: step.completedAt,
      result: step.newResult?.value ?? null,
      queued: state.startGate === 'QUEUED',
    })),
  );
  return rows.length > 0 ? [client.query({ ...statements.INSERT_STEPS, values: [JSON.stringify(rows)] })] : [];
}

function insertLimitedStarts(client: PoolClient, requests: readonly StartRequest[]): Promise<unknown>[] {
  const rows = requests.flatMap(({ id, limitKeys }) =>
    limitKeys ? [{ id, running_key: limitKeys.concurrency, begun_key: limitKeys.rate }] : [],
  );
  return rows.length > 0 ? [client.query({ ...statements.INSERT_LIMITED_STARTS, values: [JSON.stringify(rows)] })] : [];
}

const eventsOf = ({ state, events }: Turn) =>
  [{ type: 'EXECUTION_STARTED' as const, seq: 1 }, ...events].flatMap((event) => toNewEvents(state, event));

const keyOf = ({ definition, startedById, idempotencyKey }: StartRequest): string =>
  JSON.stringify([definition.workflowId, startedById, idempotencyKey]);

async function findKnown(client: PoolClient, requests: readonly StartRequest[]): Promise<Map<string, string>> {
  if (requests.length === 0) return new Map();
  const { rows } = await client.query<{
    id: string;
    workflow_id: string;
    started_by_id: string;
    idempotency_key: string;
  }>({
    ...statements.FIND_BY_KEY,
    values: [
      requests.map(({ definition }) => definition.workflowId),
      requests.map(({ startedById }) => startedById),
      requests.map(({ idempotencyKey }) => idempotencyKey),
    ],
  });
  return new Map(
    rows.map((row) => [JSON.stringify([row.workflow_id, row.started_by_id, row.idempotency_key]), row.id]),
  );
}
