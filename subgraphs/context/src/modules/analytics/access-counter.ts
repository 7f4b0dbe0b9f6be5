import { inTransaction } from '@flowmesh/platform/database';
import type { Logger } from '@flowmesh/platform/logging';
import type { Pool } from 'pg';
import type { Actor } from '../contexts/actor.ts';

const FLUSH_EVERY_MS = 2_000;
/** Different readers, with what they work for, and layers that are remembered until they are written; then they are written early. */
const EARLY = 5_000;
/** Beyond this, further ones are not counted while the database is away; nor is what has waited for it longer. */
const MOST_KEPT = 20_000;
const KEPT_FOR_MS = 300_000;

interface Access {
  readonly contextId: string;
  readonly readerId: string;
  readonly agentId: string;
  readonly workflowId: string;
  readonly layerId: string;
  /** On the clock of the process. */
  since: number;
  count: number;
}

/**
 * Counts reads without writing on their way: what was read is remembered and written down every two seconds, and at the
 * stop; while the database is away it is kept for five minutes. A process that is killed loses what it has not written.
 */
export class AccessCounter {
  private kept = new Map<string, Access>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /** `layerId` empty: the whole of it. */
  note(contextId: string, reader: Actor, layerId = ''): void {
    const { userId: readerId, agentId, workflowId } = reader;
    const key = JSON.stringify([contextId, layerId, readerId, agentId, workflowId]);
    const access = this.kept.get(key);
    if (access) access.count += 1;
    else {
      const [agent, workflow] = [agentId ?? '', workflowId ?? ''];
      const since = performance.now();
      this.keep(key, { contextId, readerId, agentId: agent, workflowId: workflow, layerId, since, count: 1 });
      if (this.kept.size === EARLY) void this.flush();
    }
  }

  private keep(key: string, access: Access): void {
    const other = this.kept.get(key);
    if (other) {
      other.count += access.count;
      other.since = Math.min(other.since, access.since);
    } else if (this.kept.size < MOST_KEPT) this.kept.set(key, access);
  }

  /** Writes down what was noted. */
  flush(): Promise<void> {
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    const noted = this.kept;
    if (noted.size === 0) return;
    this.kept = new Map();
    let stored = false;
    try {
      await inTransaction(this.pool, async (tx) => {
        // Before the statement that looks for erased readers, so that it sees all whose counts were removed before.
        await tx.query(LOCK_COUNTS_SHARED);
        await tx.query(INSERT, [JSON.stringify([...noted.values()])]);
        stored = true;
      });
    } catch (error) {
      // When the end of the transaction is unknown, nothing is counted twice.
      const kept = stored ? [] : [...noted].filter(([, { since }]) => performance.now() - since < KEPT_FOR_MS);
      for (const [key, access] of kept) this.keep(key, access);
      this.logger.warn({ err: error, kept: kept.length }, 'reads of contexts are not counted yet');
    }
  }
}

/** Who removes counts waits for those who write them, and the other way round; those who write do not wait for each other. */
export const LOCK_COUNTS = `select pg_advisory_xact_lock(hashtext('context-accesses'))`;
export const LOCK_COUNTS_SHARED = `select pg_advisory_xact_lock_shared(hashtext('context-accesses'))`;

/**
 * Counts and sums in one statement, so that both say the same. Contexts that are gone are left out. Readers who were erased
 * meanwhile are summed, but not told: what is noted is written within seconds, or never.
 */
const INSERT = `
  with noted as (
    select a."contextId" as context_id, a."readerId" as reader_id, a."agentId" as agent_id, a."workflowId" as workflow_id,
      a."layerId" as layer_id, a.count
    from jsonb_to_recordset($1::jsonb)
      as a("contextId" text, "readerId" text, "agentId" text, "workflowId" text, "layerId" text, count bigint)
    join contexts c on c.id = a."contextId"
  ), counted as (
    insert into context_accesses (context_id, day, reader_id, agent_id, workflow_id, layer_id, count)
    select context_id, (now() at time zone 'utc')::date, reader_id, agent_id, workflow_id, layer_id, count from noted n
    where not exists (
      select from context_erasures e where e.subject_id = n.reader_id and e.created_at > now() - interval '10 minutes'
    )
    order by 1, 3, 4, 5, 6
    on conflict (context_id, day, reader_id, agent_id, workflow_id, layer_id) do update set count = context_accesses.count + excluded.count
  )
  update contexts c set access_count = access_count + s.count
  from (select context_id, sum(count) as count from noted group by context_id) s where c.id = s.context_id`;
