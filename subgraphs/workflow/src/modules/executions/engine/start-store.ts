import type { Pool, PoolClient } from 'pg';
import { appendEvents } from '@flowmesh/platform/events';
import { count } from './command-store.ts';
import type { LimitKeys } from '../../limits/limit-record.ts';
import type { StarterRights } from '../starter-rights.ts';
import type { Definition } from './definition.ts';
import * as statements from './engine-statements.ts';
import { toNewEvents } from './execution-events.ts';
import { inPipelinedTransaction } from './pipelined-transaction.ts';

/** Among the executions of one starter. */
export type Priority = 'LOW' | 'NORMAL' | 'HIGH';
/** As stored, by their places. */
export const PRIORITIES: readonly Priority[] = ['LOW', 'NORMAL', 'HIGH'];

/** An execution to begin. */
export interface StartRequest {
  readonly id: string;
  readonly definition: Definition;
  readonly ownerId: string;
  readonly startedById: string;
  readonly rights: StarterRights;
  /** The context it is given. */
  readonly contextId: string | null;
  readonly input: unknown;
  readonly idempotencyKey: string | null;
  /** Stands for what was asked under the key. */
  readonly requestDigest: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
  /** What it counts for among the limits of its workflow; null or left out when that has none. */
  readonly limitKeys?: LimitKeys | null;
  readonly priority?: Priority;
  /** How many executions begun by each other came before it; 0 when left out. */
  readonly depth?: number;
}

export interface Started {
  readonly id: string;
  /** False when the idempotency key was known already. */
  readonly created: boolean;
  /** Of new executions those with lower numbers begin first. */
  readonly turn: number;
}

/** Stores executions with their steps, all in one transaction. Fails when a workflow is gone. */
export async function startExecutions(pool: Pool, requests: readonly StartRequest[]): Promise<Started[]> {
  const workflowIds = [...new Set(requests.map(({ definition }) => definition.workflowId))];
  return inPipelinedTransaction(pool, async (client, begun) => {
    const [inserted] = await Promise.all([insertExecutions(client, workflowIds, requests), begun]);
    const created = requests.filter(({ id }) => inserted.has(id));
    const refused = requests.filter(({ id }) => !inserted.has(id));
    const [known] = await Promise.all([
      findKnown(client, refused),
      ...insertSteps(client, created),
      ...insertLimitedStarts(client, created),
      appendEvents(client, created.flatMap(startedEvents)),
      ...count(
        client,
        created.map(({ definition }) => ({ workflowId: definition.workflowId, started: 1 })),
      ),
    ]);
    return requests.map((request) =>
      inserted.has(request.id)
        ? { id: request.id, created: true, turn: inserted.get(request.id) ?? 0 }
        : { id: known.get(keyOf(request)) ?? request.id, created: false, turn: 0 },
    );
  });
}

async function insertExecutions(
  client: PoolClient,
  workflowIds: readonly string[],
  requests: readonly StartRequest[],
): Promise<Map<string, number>> {
  const rows = requests.map((request) => ({
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
    start_gate: request.limitKeys ? 'QUEUED' : null,
    priority: PRIORITIES.indexOf(request.priority ?? 'NORMAL'),
  }));
  const json = JSON.stringify(rows);
  const [, { rows: inserted }] = await Promise.all([
    // First, as whoever deletes a workflow does it in this order too.
    client.query({ ...statements.LOCK_WORKFLOWS, values: [workflowIds] }),
    client.query<{ id: string; turn: number }>({ ...statements.INSERT_EXECUTIONS, values: [json] }),
  ]);
  return new Map(inserted.map(({ id, turn }) => [id, turn]));
}

function insertSteps(client: PoolClient, requests: readonly StartRequest[]): Promise<unknown>[] {
  const rows = requests.flatMap(({ id, definition, limitKeys }) =>
    definition.steps.map((step) => ({
      execution_id: id,
      step_id: step.id,
      position: step.position,
      step_type: step.stepType,
      first: step.dependencies.length === 0,
      queued: limitKeys != null,
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

function startedEvents({ id, definition, ownerId, startedById, requestId }: StartRequest) {
  const source = { id, workflowId: definition.workflowId, ownerId, startedById, requestId, error: null, parent: null };
  return toNewEvents(source, { type: 'EXECUTION_STARTED', seq: 1 });
}

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
