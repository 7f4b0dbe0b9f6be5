import { errorCode } from '@flowmesh/platform/database';
import { unavailable } from '@flowmesh/platform/errors';
import type { Pool } from 'pg';
import { OneAtATime } from './one-at-a-time.ts';

/** The answer of an attempt: what it has read was changed by somebody else before it could write. Nothing was written. */
export const CHANGED_MEANWHILE = 'changed meanwhile' as const;

/** Attempts of one write begin within this time, which is far below that of a request. */
const MOST_MS = 8_000;
/** Connections that a process spends on turns at once; the others are left to the writes themselves. */
const MOST_TURNS = 4;
const LOCK_NOT_AVAILABLE = '55P03';

const contended = () => unavailable('Others are changing this context; try again.');
const KEY = `7041, hashtext($1)`;

/** Waits until nobody has the turn of the context, and keeps it from being taken until the transaction ends. */
export const AWAIT_TURN = `select pg_advisory_xact_lock_shared(${KEY})`;
const TAKE_TURN = `select pg_advisory_xact_lock(${KEY})`;

/**
 * Writes that first read, check what they have read, and then write it changed. The first attempt takes no lock while it
 * reads and checks. When somebody else was faster, the next one has the turn of the context: writers of all processes wait
 * for it, in the order in which they came, so that contention delays a write and does not fail it.
 */
export class WriteTurns {
  private readonly line = new OneAtATime();
  private taken = 0;

  constructor(
    private readonly pool: Pool,
    private readonly mostMs = MOST_MS,
  ) {}

  /** `attempt` is told whether it has the turn, to pass it on to the writer. Throws UNAVAILABLE after some seconds. */
  run<T>(contextId: string, attempt: (hasTurn: boolean) => Promise<T>): Promise<Exclude<T, typeof CHANGED_MEANWHILE>> {
    return this.line.run(contextId, async () => {
      const deadline = performance.now() + this.mostMs;
      let outcome = await attempt(false);
      while (outcome === CHANGED_MEANWHILE && performance.now() < deadline) {
        outcome = await (this.taken < MOST_TURNS ? this.withTurn(contextId, attempt) : attempt(false));
      }
      if (outcome === CHANGED_MEANWHILE) throw contended();
      return outcome as Exclude<T, typeof CHANGED_MEANWHILE>;
    });
  }

  private async withTurn<T>(contextId: string, attempt: (hasTurn: boolean) => Promise<T>): Promise<T> {
    this.taken += 1;
    try {
      const client = await this.pool.connect();
      let broken: Error | undefined;
      // What was written stays written when this connection is lost: only the turn ends early.
      const onError = (error: Error): void => void (broken = error);
      client.on('error', onError);
      try {
        await client.query('begin');
        await client.query(`select set_config('lock_timeout', $1, true)`, [String(this.mostMs)]);
        await client.query(TAKE_TURN, [contextId]);
        return await attempt(true);
      } catch (error) {
        throw errorCode(error) === LOCK_NOT_AVAILABLE ? contended() : error;
      } finally {
        await client.query('rollback').catch(onError);
        client.removeListener('error', onError);
        client.release(broken);
      }
    } finally {
      this.taken -= 1;
    }
  }
}
