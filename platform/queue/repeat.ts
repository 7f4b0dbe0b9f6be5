import type { Pool, PoolClient } from 'pg';
import { newId } from '../ids/index.ts';
import { isOutage } from '../errors/index.ts';
import { warnSeldom, withLogContext, type Logger, type WarnSeldom } from '../logging/index.ts';
import { endsWithin } from './deadline.ts';
import type { QueueWorker } from './types.ts';

const STOP_DEADLINE_MS = 8_000;
/** After a turn that could not be taken. */
const RETRY_MS = 60_000;

/** Makes the table of turns, once for all processes. */
export async function prepareRepeats(pool: Pool): Promise<void> {
  await pool.query(`
    begin;
    select pg_advisory_xact_lock(hashtext('flowmesh:repeats'));
    create table if not exists public.repeats (name text primary key, due_at timestamptz(3) not null);
    commit;
  `);
}

/**
 * Runs a task periodically, in one process at a time: the next turn is stored in a table, and the process that takes it
 * holds an advisory lock while the task runs. The lock ends with its connection, so another process takes over when this one
 * dies. Stored in PostgreSQL with both backends, because a queue in Redis may lose everything.
 */
export class Repeat implements QueueWorker {
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();
  private stopped = false;
  private readonly warnOfOutage: WarnSeldom;

  constructor(
    private readonly name: string,
    private readonly everyMs: number,
    private readonly task: () => Promise<void>,
    private readonly pool: Pool,
    private readonly logger: Logger,
  ) {
    this.warnOfOutage = warnSeldom(logger, 'a turn of a repeated task could not be taken');
    this.schedule(0);
  }

  async stop(deadlineMs: number = STOP_DEADLINE_MS): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    if (!(await endsWithin(deadlineMs, this.turn))) {
      this.logger.warn({ repeat: this.name }, 'a repeated task still ran when it was stopped');
    }
  }

  private schedule(inMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.turn = this.takeTurn().then(
        (nextMs) => this.schedule(nextMs),
        (error: unknown) => {
          this.warnOfOutage({ err: error, repeat: this.name });
          this.schedule(Math.min(this.everyMs, RETRY_MS));
        },
      );
    }, inMs);
  }

  /** Milliseconds until the next look. */
  private async takeTurn(): Promise<number> {
    const { rows } = await this.pool.query<{ wait_ms: number }>(
      `select extract(epoch from due_at - clock_timestamp())::float8 * 1000 as wait_ms from public.repeats where name = $1`,
      [this.name],
    );
    const waitMs = rows[0]?.wait_ms ?? 0;
    // The period may have become shorter since the turn was written.
    if (waitMs > 0) return Math.min(waitMs, this.everyMs);
    const client = await this.pool.connect();
    let broken: Error | undefined;
    const onError = (error: Error): void => void (broken = error);
    client.on('error', onError);
    try {
      return await this.runLocked(client);
    } catch (error) {
      // Closing the connection gives the lock back, whatever state it is in.
      broken = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      client.removeListener('error', onError);
      client.release(broken);
    }
  }

  private async runLocked(client: PoolClient): Promise<number> {
    const key = `flowmesh:repeat:${this.name}`;
    const { rows } = await client.query<{ locked: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked',
      [key],
    );
    // Another process is at it, perhaps for longer than its turn.
    if (rows[0]?.locked !== true) return this.everyMs;
    const taken = await client.query(
      `insert into public.repeats as r (name, due_at) values ($1, clock_timestamp() + $2 * interval '1 millisecond')
       on conflict (name) do update set due_at = excluded.due_at where r.due_at <= clock_timestamp()`,
      [this.name, this.everyMs],
    );
    const started = performance.now();
    if (taken.rowCount === 1 && !this.stopped) {
      await withLogContext({ requestId: newId() }, () =>
        this.task().catch((error: unknown) => {
          if (isOutage(error)) this.warnOfOutage({ err: error, repeat: this.name });
          else this.logger.error({ err: error, repeat: this.name }, 'repeated task failed');
        }),
      );
    }
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [key]);
    return Math.max(0, this.everyMs - (performance.now() - started));
  }
}
