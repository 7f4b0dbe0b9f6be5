import type { PoolClient } from 'pg';
import type { StartRequest } from '../executions/engine/start-request.ts';
import type { LimitReached } from './limit-record.ts';
import { LOCK_STARTS } from './start-lock.ts';

/** Of those that are asked for ($1 workflow, $2 key): how many may run and how many do, or are let in next. */
const ROOM = `
  select w.workflow_id, w.running_key, l.max_running, l.running_key is not null as has_key,
    (select count(*)::int from workflow_executions e join workflow_limited_starts s on s.execution_id = e.id
     where e.workflow_id = w.workflow_id and s.running_key = w.running_key and e.start_gate = 'PASSED'
       and e.status in ('PENDING', 'RUNNING', 'PAUSED', 'WAITING'))
    + (select count(*)::int from workflow_limited_starts s join workflow_executions e on e.id = s.execution_id
       where s.workflow_id = w.workflow_id and s.running_key = w.running_key and s.let_in_at is null
         and e.start_gate = 'QUEUED' and e.status = 'PENDING') as running
  from (select distinct * from unnest($1::text[], $2::text[]) w(workflow_id, running_key)) w
  join workflow_limits l using (workflow_id)
  where l.on_limit = 'REJECT' and l.max_running is not null`;

const KNOWN = `
  select workflow_id, started_by_id, idempotency_key
  from unnest($1::text[], $2::text[], $3::text[]) k(workflow_id, started_by_id, idempotency_key)
  join workflow_executions using (workflow_id, started_by_id, idempotency_key)`;

interface Room {
  readonly workflow_id: string;
  readonly running_key: string;
  readonly max_running: number;
  readonly has_key: boolean;
  running: number;
}

const isRefusable = ({ refusable, limitKeys }: StartRequest): boolean => refusable === true && limitKeys != null;

/**
 * Executions that are not to begin, by their ids, as many run as their workflow allows: decided under the lock that whoever lets in
 * executions holds too. It is taken before any other, and kept until the transaction ends.
 */
export async function refusedStarts(
  client: PoolClient,
  requests: readonly StartRequest[],
): Promise<ReadonlyMap<string, LimitReached>> {
  const asked = requests.filter(isRefusable);
  const refused = new Map<string, LimitReached>();
  if (asked.length === 0) return refused;
  const workflowIds = asked.map(({ definition }) => definition.workflowId);
  await client.query(LOCK_STARTS, [[...new Set(workflowIds)].toSorted()]);
  const { rows } = await client.query<Room>(ROOM, [workflowIds, asked.map(({ limitKeys }) => limitKeys?.concurrency)]);
  const rooms = new Map(rows.map((room) => [JSON.stringify([room.workflow_id, room.running_key]), room]));
  const known = await knownKeys(client, asked);
  for (const request of asked) {
    const room = rooms.get(JSON.stringify([request.definition.workflowId, request.limitKeys?.concurrency]));
    // What has begun under the key before is the answer, and needs no room.
    if (!room || known.has(keyOf(request))) continue;
    if (room.running >= room.max_running) {
      const { max_running: limit, running_key: key, running } = room;
      refused.set(request.id, { limit, key: room.has_key ? key : null, running });
      continue;
    }
    room.running += 1;
    if (request.idempotencyKey !== null) known.add(keyOf(request));
  }
  return refused;
}

async function knownKeys(client: PoolClient, asked: readonly StartRequest[]): Promise<Set<string>> {
  const keyed = asked.filter(({ idempotencyKey }) => idempotencyKey !== null);
  if (keyed.length === 0) return new Set();
  const { rows } = await client.query<{ workflow_id: string; started_by_id: string; idempotency_key: string }>(KNOWN, [
    keyed.map(({ definition }) => definition.workflowId),
    keyed.map(({ startedById }) => startedById),
    keyed.map(({ idempotencyKey }) => idempotencyKey),
  ]);
  return new Set(rows.map((row) => JSON.stringify([row.workflow_id, row.started_by_id, row.idempotency_key])));
}

const keyOf = ({ definition, startedById, idempotencyKey }: StartRequest): string =>
  JSON.stringify([definition.workflowId, startedById, idempotencyKey]);
