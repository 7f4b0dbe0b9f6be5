import type { Pool, PoolClient } from 'pg';
import { Batcher } from '@flowmesh/platform/batching';
import { inTransaction } from '@flowmesh/platform/database';
import type { Logger } from '@flowmesh/platform/logging';
import type { BegunPart } from '../executions/engine/commands.ts';
import type { Engine } from '../executions/engine/engine.ts';
import { CONCURRENCY_LIMIT } from './limit-record.ts';
import { LOCK_STARTS } from './start-lock.ts';

/** Executions that are let in at once, of each key. */
const AT_ONCE = 500;
const MAX_WORKFLOWS = 100;
const REASON = 'As many executions of the workflow run as it allows at once.';
const REPLACED = 'An execution that was started later has taken its place.';

const OPEN = `('PENDING', 'RUNNING', 'PAUSED', 'WAITING')`;
/** Let in and not ended, by key. */
const RUNNING = `
  select s.running_key, count(*)::int as running
  from workflow_executions e join workflow_limited_starts s on s.execution_id = e.id
  where e.workflow_id = $1 and e.start_gate = 'PASSED' and e.status in ${OPEN} group by s.running_key`;

/** When those have begun that were let in: told by their rows, so that those who begin them have nothing to tell. */
const NOTE_BEGUN = `
  update workflow_limited_starts s set begun_at = e.started_at from workflow_executions e
  where s.workflow_id = $1 and s.let_in_at is not null and s.begun_at is null and e.id = s.execution_id
    and e.started_at is not null`;

/** Lets in the first of those that wait, of each key as many as there is room for, and no more than may begin now. */
const LET_IN = `
  with l as (select * from workflow_limits where workflow_id = $1),
  running as (${RUNNING}),
  recent as (
    select s.begun_key, count(*)::int as begun from workflow_limited_starts s, l
    where s.workflow_id = $1 and s.let_in_at is not null
      and (s.begun_at is null or s.begun_at > clock_timestamp() - make_interval(secs => l.per_seconds)) group by s.begun_key),
  keys as (select distinct running_key from workflow_limited_starts where workflow_id = $1 and let_in_at is null),
  candidates as (
    select c.*, k.running_key from keys k left join running r using (running_key) left join l on true
    cross join lateral (
      select e.id, s.begun_key, s.turn from workflow_limited_starts s join workflow_executions e on e.id = s.execution_id
      where s.workflow_id = $1 and s.running_key = k.running_key and s.let_in_at is null and e.status = 'PENDING'
      order by s.turn, s.execution_id
      limit greatest(0, least(${AT_ONCE}, coalesce(l.max_running, ${AT_ONCE}) - coalesce(r.running, 0)))) c),
  ranked as (
    select c.id, row_number() over (partition by c.begun_key order by c.turn, c.id) as place, c.begun_key from candidates c),
  chosen as (
    select k.id from ranked k left join recent r using (begun_key) left join l on true
    where l.max_begun is null or k.place <= l.max_begun - coalesce(r.begun, 0)),
  passed as (
    update workflow_executions e set start_gate = 'PASSED' from chosen c
    where e.id = c.id and e.status = 'PENDING' and e.start_gate = 'QUEUED' returning e.id, e.turn),
  noted as (
    update workflow_limited_starts s set let_in_at = clock_timestamp() from passed p where s.execution_id = p.id),
  ready as (
    update workflow_step_executions s set ready_at = date_trunc('milliseconds', clock_timestamp())
    from passed p where s.execution_id = p.id and s.status = 'READY')
  select id, coalesce(turn, 0) as turn from passed`;

/** Those that wait although as many run as may: by key, with how many there are, and what is to become of them. */
const OVER = `
  with running as (${RUNNING})
  select l.on_limit::text as on_limit, w.running_key, w.ids, l.max_running
  from workflow_limits l
  join lateral (
    select s.running_key, array_agg(s.execution_id order by s.execution_id) as ids
    from workflow_limited_starts s join workflow_executions e on e.id = s.execution_id
    where s.workflow_id = $1 and s.let_in_at is null and e.status = 'PENDING' group by s.running_key) w on true
  join running r on r.running_key = w.running_key
  where l.workflow_id = $1 and l.on_limit <> 'QUEUE' and l.max_running is not null and r.running >= l.max_running`;

const OLDEST = `
  select e.id from workflow_limited_starts s join workflow_executions e on e.id = s.execution_id
  where e.workflow_id = $1 and e.start_gate = 'PASSED' and e.status in ${OPEN} and s.running_key = $2
  order by s.let_in_at, e.id limit $3`;

interface Decision {
  readonly begun: readonly BegunPart[];
  readonly rejected: readonly string[];
  readonly replaced: readonly string[];
}

/**
 * Decides which executions of workflows with limits begin: under a lock of the workflow, by what the database says has begun and
 * ended. Whoever starts or ends one has it decided; what a killed process has left is found by the next round, each second.
 */
export class StartGates {
  private readonly opening = new Batcher<string, void>({
    process: async (workflowIds) => {
      for (const workflowId of new Set(workflowIds)) await this.decide(workflowId);
      return workflowIds.map(() => undefined);
    },
    maxItems: AT_ONCE,
    concurrency: 1,
  });

  constructor(
    private readonly pool: Pool,
    private readonly engine: () => Engine,
    private readonly logger: Logger,
  ) {}

  /** Never fails: the next round does what could not be done now. */
  async open(workflowId: string): Promise<void> {
    await this.opening.add(workflowId).catch((error: unknown) => {
      this.logger.warn({ err: error, workflowId }, 'executions that wait for a limit were not looked at; they will be');
    });
  }

  async round(): Promise<void> {
    const { rows } = await this.pool.query<{ workflow_id: string }>(
      `select distinct workflow_id from workflow_limited_starts where let_in_at is null limit ${MAX_WORKFLOWS}`,
    );
    for (const { workflow_id: workflowId } of rows) await this.open(workflowId);
  }

  private async decide(workflowId: string): Promise<void> {
    const { begun, rejected, replaced } = await inTransaction(this.pool, (client) => decision(client, workflowId));
    const engine = this.engine();
    await engine.enqueueBegun(begun);
    await Promise.all([
      ...rejected.map((id) =>
        engine.apply(id, { kind: 'cancel', code: CONCURRENCY_LIMIT, reason: REASON, onlyQueued: true }),
      ),
      ...replaced.map((id) => engine.apply(id, { kind: 'cancel', code: CONCURRENCY_LIMIT, reason: REPLACED })),
    ]);
  }
}

async function decision(client: PoolClient, workflowId: string): Promise<Decision> {
  await client.query(LOCK_STARTS, [[workflowId]]);
  // What was cancelled while it waited does not wait any more.
  await client.query(
    `delete from workflow_limited_starts s using workflow_executions e
     where s.workflow_id = $1 and s.let_in_at is null and e.id = s.execution_id
       and e.status in ('COMPLETED', 'FAILED', 'CANCELLED')`,
    [workflowId],
  );
  await client.query(NOTE_BEGUN, [workflowId]);
  const { rows: begun } = await client.query<BegunPart>(LET_IN, [workflowId]);
  const { rows: over } = await client.query<{
    on_limit: 'REJECT' | 'CANCEL_OLDEST';
    running_key: string;
    ids: string[];
    max_running: number;
  }>(OVER, [workflowId]);
  const rejected = over.filter(({ on_limit: what }) => what === 'REJECT').flatMap(({ ids }) => ids.slice(0, AT_ONCE));
  const replaced: string[] = [];
  for (const { on_limit: what, running_key: key, ids, max_running: most } of over) {
    if (what !== 'CANCEL_OLDEST') continue;
    const { rows } = await client.query<{ id: string }>(OLDEST, [workflowId, key, Math.min(ids.length, most)]);
    replaced.push(...rows.map(({ id }) => id));
  }
  return { begun, rejected, replaced };
}
