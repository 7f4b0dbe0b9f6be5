import { inTransaction } from '@flowmesh/platform/database';
import type { Pool, PoolClient } from 'pg';
import type { AttemptKey } from '../engine/commands.ts';

/** A step that waits for an event. */
export interface OpenWait {
  readonly executionId: string;
  readonly stepId: string;
  readonly key: AttemptKey;
  readonly event: string;
  readonly matchKey: string;
}

/** A signal that no step has taken. */
export interface KeptSignal {
  readonly id: string;
  /** The one that was told. */
  readonly executionId: string;
  readonly name: string;
  /** Left out where no step waits for one of this name. */
  readonly payload: unknown;
  readonly sentById: string | null;
  readonly createdAt: Date;
}

export interface SignalRecord {
  readonly id: string;
  readonly requestDigest: string | null;
}

/** An event as waits look for it. */
export interface EventLookup {
  readonly type: string;
  readonly ownerId: string;
  readonly matchKeys: readonly string[];
}

/** The execution and, as long as they have not ended, those that run bodies of its steps; no other workflows. */
const WITH_BODIES = `
  with recursive bodies as (
    select $1::text as id
    union all
    select e.id from bodies b join workflow_executions e on e.parent_execution_id = b.id
    where e.scope is not null and e.status in ('PENDING', 'RUNNING', 'PAUSED', 'WAITING')
  )`;

/** The execution and those of whose bodies it is a part. */
const TOLD = `
  told as (
    select id, parent_execution_id, scope from workflow_executions where id = $1
    union all
    select e.id, e.parent_execution_id, e.scope
    from told t join workflow_executions e on e.id = t.parent_execution_id where t.scope is not null
  )`;

/** Waits and signals, as they are read; the engine writes them. */
export class WaitStore {
  constructor(private readonly pool: Pool) {}

  /**
   * What may be brought together when something is new in an execution: what waits in it and in the bodies of its steps, in
   * the order in which the waits began; and what it, and the executions of whose bodies it is a part, were told and no step
   * has taken, in the order in which that came. Both of the same moment.
   */
  async openOf(executionId: string): Promise<{ readonly waits: OpenWait[]; readonly signals: KeptSignal[] }> {
    const read = async (client: PoolClient) => ({
      waits: await this.waitsOf(client, executionId),
      signals: await this.signalsOf(client, executionId),
    });
    return inTransaction(this.pool, read, { isolation: 'repeatable read' });
  }

  private async waitsOf(client: PoolClient, executionId: string): Promise<OpenWait[]> {
    const { rows } = await client.query<{
      execution_id: string;
      step_id: string;
      generation: number;
      failures: number;
      event: string;
      match_key: string;
    }>({
      name: 'waits-of-execution',
      text: `${WITH_BODIES}
             select w.execution_id, step_id, generation, failures, event, match_key
             from bodies join workflow_event_waits w on w.execution_id = bodies.id
             order by created_at, w.execution_id, step_id`,
      values: [executionId],
    });
    return rows.map(({ execution_id: waiting, step_id: stepId, generation, failures, event, match_key: matchKey }) => ({
      ...{ executionId: waiting, stepId, event, matchKey },
      key: { generation, failures },
    }));
  }

  private async signalsOf(client: PoolClient, executionId: string): Promise<KeptSignal[]> {
    const { rows } = await client.query<KeptSignal>({
      name: 'signals-of-execution',
      text: `${WITH_BODIES}, ${TOLD}
             select s.id, s.execution_id as "executionId", name, sent_by_id as "sentById", created_at as "createdAt",
                    case when exists (select 1 from bodies join workflow_event_waits w on w.execution_id = bodies.id
                                      where w.event = s.name)
                         then payload end as payload
             from told join workflow_signals s on s.execution_id = told.id where consumed_at is null order by seq`,
      values: [executionId],
    });
    return rows;
  }

  /** Waits and signals of this execution that were looked at: nothing is left to be done until another comes. */
  async looked(executionId: string, waits: readonly OpenWait[], signals: readonly KeptSignal[]): Promise<void> {
    // Those of its parts, and of what it is a part of, are looked at for these: other waits may be theirs.
    const own = <T extends { readonly executionId: string }>(all: readonly T[]): T[] =>
      all.filter((each) => each.executionId === executionId);
    await this.pool.query({
      name: 'waits-looked-at',
      text: `with waits as (
               update workflow_event_waits w set looked_at = clock_timestamp()
               from jsonb_to_recordset($2::jsonb) l(step_id text, generation int, failures int)
               where w.execution_id = $1 and w.step_id = l.step_id and w.generation = l.generation
                 and w.failures = l.failures and w.looked_at is null
             )
             update workflow_signals set looked_at = clock_timestamp() where id = any($3::text[]) and looked_at is null`,
      values: [
        executionId,
        JSON.stringify(own(waits).map(({ stepId, key }) => ({ step_id: stepId, ...key }))),
        own(signals).map(({ id }) => id),
      ],
    });
  }

  /** Executions with waits or signals that nobody has looked at for a while. */
  async overlooked(limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ execution_id: string }>(
      `select execution_id from workflow_event_waits
       where looked_at is null and created_at < clock_timestamp() - interval '2 seconds'
       union
       select execution_id from workflow_signals
       where looked_at is null and consumed_at is null and created_at < clock_timestamp() - interval '2 seconds'
       limit $1`,
      [limit],
    );
    return rows.map((row) => row.execution_id);
  }

  /** For each event the executions that wait for it, of the user whom it belongs to. */
  async waitingFor(events: readonly EventLookup[]): Promise<string[][]> {
    const lookups = events.flatMap(({ type, ownerId, matchKeys }, place) =>
      matchKeys.map((key) => ({ place, type, owner: ownerId, key })),
    );
    const { rows } = await this.pool.query<{ place: number; execution_id: string }>({
      name: 'waits-for-events',
      text: `select distinct l.place, w.execution_id
             from jsonb_to_recordset($1::jsonb) l(place int, type text, owner text, key text)
             join workflow_event_waits w on w.event = l.type and w.starter_id = l.owner and w.match_key = l.key
             where w.is_domain_event`,
      values: [JSON.stringify(lookups)],
    });
    const found = events.map((): string[] => []);
    for (const { place, execution_id: id } of rows) found[place]?.push(id);
    return found;
  }

  async find(id: string): Promise<SignalRecord | null> {
    return this.one('id = $1', [id]);
  }

  async findByKey(executionId: string, key: string): Promise<SignalRecord | null> {
    return this.one('execution_id = $1 and idempotency_key = $2', [executionId, key]);
  }

  private async one(condition: string, values: readonly string[]): Promise<SignalRecord | null> {
    const { rows } = await this.pool.query<SignalRecord>(
      `select id, request_digest as "requestDigest" from workflow_signals where ${condition}`,
      [...values],
    );
    return rows[0] ?? null;
  }
}
