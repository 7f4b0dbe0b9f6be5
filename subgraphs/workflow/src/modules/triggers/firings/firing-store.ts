import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction } from '@flowmesh/platform/database';
import type { Pool, PoolClient } from 'pg';
import type { FiringRecord, TriggerReason, TriggerRecord, TriggerRights } from '../trigger-record.ts';
import { OVERLAPS, QUEUE_FULL, REPLACED } from './reasons.ts';

export const COLUMNS = `
  f.id, f.trigger_id as "triggerId", f.cause::text, f.status::text, f.reason, f.due_at as "dueAt",
  f.created_at as "createdAt", f.caller_rights as "callerRights", f.event, f.chain, f.input, f.execution_id as "executionId",
  f.waiting_since as "waitingSince"`;

const WAITING = `('PENDING', 'QUEUED', 'STARTING')`;
/** Of one trigger in one round, so that none holds up the others. */
const AT_ONCE = 50;
const MAX_QUEUED = 100;

/** What was decided about a firing: to start its execution, to wait for others to end, or to look again in a moment. */
export type Decision = 'start' | 'wait' | 'none';

/**
 * Firings of triggers. Each of its changes is conditional on the status before it, under the lock of the trigger where several
 * firings matter: processes that decide about the same firing agree, whichever of them is killed.
 */
export class FiringStore {
  /** What people see: not what nobody has found out yet whether the maker may see it. */
  readonly history: SqlList<FiringRecord, null, 'createdAt'>;

  constructor(private readonly pool: Pool) {
    this.history = new SqlList(pool, {
      columns: COLUMNS,
      from: 'workflow_trigger_firings f',
      where: () => `(f.status <> 'PENDING' or f.cause in ('SCHEDULE', 'MANUAL'))`,
      orderColumns: { createdAt: 'f.created_at' },
      idColumn: 'f.id',
      parent: { column: 'f.trigger_id', field: 'triggerId' },
    });
  }

  async find(id: string): Promise<FiringRecord | null> {
    const { rows } = await this.pool.query<FiringRecord>(
      `select ${COLUMNS} from workflow_trigger_firings f where f.id = $1`,
      [id],
    );
    return rows[0] ?? null;
  }

  /** The last of each trigger that has one. */
  async lastOf(triggerIds: readonly string[]): Promise<Map<string, FiringRecord>> {
    const { rows } = await this.pool.query<FiringRecord>(
      `select l.* from unnest($1::text[]) t(id) cross join lateral (
         select ${COLUMNS} from workflow_trigger_firings f
         where f.trigger_id = t.id and (f.status <> 'PENDING' or f.cause in ('SCHEDULE', 'MANUAL'))
         order by f.created_at desc, f.id desc limit 1) l`,
      [triggerIds],
    );
    return new Map(rows.map((firing) => [firing.triggerId, firing]));
  }

  /** Notes that somebody wants the trigger to fire now; gives the id of the firing, that of before if the occasion is known. */
  async noteManual(
    id: string,
    triggerId: string,
    occasion: string,
    rights: TriggerRights,
    now: Date,
  ): Promise<string | null> {
    const { rows } = await this.pool.query<{ id: string }>(
      `with noted as (
         insert into workflow_trigger_firings (id, trigger_id, occasion, cause, caller_rights, due_at, created_at)
         select $1, t.id, $3, 'MANUAL', $5, $4, $4 from workflow_triggers t where t.id = $2
         on conflict (trigger_id, occasion) do nothing returning id)
       select id from noted
       union all select id from workflow_trigger_firings where trigger_id = $2 and occasion = $3 limit 1`,
      [id, triggerId, occasion, now, JSON.stringify(rights)],
    );
    if (rows[0]) return rows[0].id;
    // Another request noted the same while this one waited for it: the statement above does not see that yet.
    const { rows: others } = await this.pool.query<{ id: string }>(
      'select id from workflow_trigger_firings where trigger_id = $1 and occasion = $2',
      [triggerId, occasion],
    );
    return others[0]?.id ?? null;
  }

  /** Triggers of which some firing waits, by id, those behind `after`. */
  async waitingTriggers(after: string, limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ trigger_id: string }>(
      `select distinct trigger_id from workflow_trigger_firings
       where status in ${WAITING} and trigger_id > $1 order by trigger_id limit $2`,
      [after, limit],
    );
    return rows.map(({ trigger_id: id }) => id);
  }

  /** The first firings of a trigger that wait; of those that are queued only the first. */
  async waitingOf(triggerId: string, now: Date): Promise<FiringRecord[]> {
    const { rows } = await this.pool.query<FiringRecord>(
      `select ${COLUMNS} from workflow_trigger_firings f
       where f.trigger_id = $1 and f.status in ${WAITING} and (f.next_try_at is null or f.next_try_at <= $2)
         and (f.status <> 'QUEUED' or f.id = (
           select min(q.id) from workflow_trigger_firings q where q.trigger_id = $1 and q.status = 'QUEUED'))
       order by f.id limit ${AT_ONCE}`,
      [triggerId, now],
    );
    return rows;
  }

  /** Decides what comes of a firing whose input is known. `none`: it was decided already, or has to be looked at again. */
  decide(trigger: Pick<TriggerRecord, 'id' | 'overlap'>, firing: FiringRecord, input: unknown): Promise<Decision> {
    const { id: triggerId, overlap } = trigger;
    return inTransaction(this.pool, async (client) => {
      await client.query('select 1 from workflow_triggers where id = $1 for no key update', [triggerId]);
      const { rows } = await client.query<{ status: string }>(
        'select status::text from workflow_trigger_firings where id = $1 for update',
        [firing.id],
      );
      const status = rows[0]?.status;
      if (status !== 'PENDING' && status !== 'QUEUED') return 'none';
      await closeEnded(client, triggerId);
      const others = await othersOf(client, triggerId, firing.id);
      const isBusy = others.open + others.starting > 0;
      if (overlap === 'SKIP' && isBusy) return end(client, firing.id, 'SKIPPED', OVERLAPS);
      if (overlap === 'CANCEL_OLD') {
        if (others.startingBefore > 0) return 'none';
        await client.query(
          `update workflow_trigger_firings set status = 'SKIPPED', reason = $3, event = null, input = null
           where trigger_id = $1 and id < $2 and status in ('PENDING', 'QUEUED')`,
          [triggerId, firing.id, REPLACED],
        );
      }
      if (overlap === 'QUEUE' && (isBusy || others.queuedBefore > 0)) {
        if (status === 'QUEUED') return 'wait';
        if (others.queued >= MAX_QUEUED) return end(client, firing.id, 'SKIPPED', QUEUE_FULL);
        await setStatus(client, firing.id, 'QUEUED', input);
        return 'wait';
      }
      await setStatus(client, firing.id, 'STARTING', input);
      return 'start';
    });
  }

  /** Executions that firings before this one have started, and that have not ended. */
  async openBefore(triggerId: string, firingId: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `select e.id from workflow_trigger_firings f join workflow_executions e on e.id = f.execution_id
       where f.trigger_id = $1 and f.is_open and f.id < $2 and e.status not in ('COMPLETED', 'FAILED', 'CANCELLED')
       order by f.id`,
      [triggerId, firingId],
    );
    return rows.map(({ id }) => id);
  }

  async started(firingId: string, executionId: string): Promise<void> {
    await this.pool.query(
      `update workflow_trigger_firings
       set status = 'STARTED', execution_id = $2, is_open = true, event = event - 'payload', input = null,
           next_try_at = null
       where id = $1 and status = 'STARTING'`,
      [firingId, executionId],
    );
  }

  /** It starts nothing. */
  async end(firingId: string, status: 'SKIPPED' | 'REFUSED', reason: TriggerReason): Promise<void> {
    await end(this.pool, firingId, status, reason);
  }

  /** The event does not concern the trigger: nothing is kept of it. */
  async forget(firingId: string): Promise<void> {
    await this.pool.query(`delete from workflow_trigger_firings where id = $1 and status = 'PENDING'`, [firingId]);
  }

  async postpone(firingId: string, now: Date, until: Date): Promise<void> {
    await this.pool.query(
      `update workflow_trigger_firings set next_try_at = $3, waiting_since = coalesce(waiting_since, $2)
       where id = $1 and status in ${WAITING}`,
      [firingId, now, until],
    );
  }

  /** Removes at most `limit` that are so many days old and wait for nothing. Gives how many went. */
  async removeOld(retentionDays: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from workflow_trigger_firings where id = any(array(
         select id from workflow_trigger_firings
         where created_at < now() - make_interval(days => $1) and status not in ${WAITING}
         order by created_at limit $2))`,
      [retentionDays, limit],
    );
    return rowCount ?? 0;
  }
}

async function closeEnded(client: PoolClient, triggerId: string): Promise<void> {
  await client.query(
    `update workflow_trigger_firings f set is_open = false
     where f.trigger_id = $1 and f.is_open and not exists (
       select 1 from workflow_executions e
       where e.id = f.execution_id and e.status not in ('COMPLETED', 'FAILED', 'CANCELLED'))`,
    [triggerId],
  );
}

interface Others {
  readonly open: number;
  readonly starting: number;
  readonly startingBefore: number;
  readonly queued: number;
  readonly queuedBefore: number;
}

async function othersOf(client: PoolClient, triggerId: string, firingId: string): Promise<Others> {
  const { rows } = await client.query<Others>(
    `select (count(*) filter (where is_open))::int as open,
            (count(*) filter (where status = 'STARTING'))::int as starting,
            (count(*) filter (where status = 'STARTING' and id < $2))::int as "startingBefore",
            (count(*) filter (where status = 'QUEUED'))::int as queued,
            (count(*) filter (where status = 'QUEUED' and id < $2))::int as "queuedBefore"
     from workflow_trigger_firings
     where trigger_id = $1 and id <> $2 and (is_open or status in ('QUEUED', 'STARTING'))`,
    [triggerId, firingId],
  );
  return rows[0] ?? { open: 0, starting: 0, startingBefore: 0, queued: 0, queuedBefore: 0 };
}

async function setStatus(client: PoolClient, id: string, status: 'QUEUED' | 'STARTING', input: unknown): Promise<void> {
  await client.query(
    `update workflow_trigger_firings
     set status = $2, input = $3, next_try_at = null, waiting_since = null where id = $1`,
    [id, status, JSON.stringify({ value: input })],
  );
}

async function end(
  client: Pool | PoolClient,
  id: string,
  status: 'SKIPPED' | 'REFUSED',
  reason: TriggerReason,
): Promise<'none'> {
  await client.query(
    `update workflow_trigger_firings
     set status = $2, reason = $3, event = event - 'payload', input = null, next_try_at = null
     where id = $1 and status in ${WAITING}`,
    [id, status, reason],
  );
  return 'none';
}
