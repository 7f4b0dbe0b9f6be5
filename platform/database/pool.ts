import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { warnSeldom, type Logger } from '../logging/index.ts';
import { giveUpSilent } from './silence.ts';

export interface PoolOptions {
  /** Connections at most. */
  readonly max: number;
  /** Shown to operators in `pg_stat_activity`. */
  readonly applicationName: string;
  /** The server ends statements that take longer. Default 30,000; 0 for no limit. */
  readonly statementTimeoutMs?: number;
  /**
   * The server ends a connection whose transaction waits longer for its client, and frees its locks: a process that stands still
   * with one keeps nobody waiting. Default 8,000.
   */
  readonly idleTransactionMs?: number;
  /** Settings of the server for these connections, e.g. `search_path`; values without spaces. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Statements of one client are sent at once, without waiting for the answers to those before them. */
  readonly pipeline?: boolean;
  /** A query fails when its answer has not come by then, whatever the server does. Default: 2 s more than the server has. */
  readonly queryTimeoutMs?: number;
  readonly logger?: Logger;
}

/** How long a caller waits for a connection, new or from a busy pool, before its query fails. */
const CONNECT_TIMEOUT_MS = 4_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const IDLE_TRANSACTION_MS = 8_000;
/** How much later than the server's own timeout a client gives up a statement. */
const SILENCE_MS = 2_000;

/**
 * A connection pool. Connections that break while idle are dropped, and replaced by the next query. If the server does
 * not respond at all, a query fails after 4 s; a statement on a responsive server may take longer. Call `end()` when done.
 */
export function createPool(url: string, options: PoolOptions): Pool {
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const { queryTimeoutMs = statementTimeoutMs === 0 ? undefined : statementTimeoutMs + SILENCE_MS } = options;
  const pool = new Pool({
    connectionString: url,
    max: options.max,
    application_name: options.applicationName,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: options.idleTransactionMs ?? IDLE_TRANSACTION_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    pipeline: options.pipeline ?? false,
    ...(queryTimeoutMs !== undefined && { query_timeout: queryTimeoutMs }),
    options: Object.entries(options.settings ?? {})
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  });
  // The pool itself listens only while a connection is idle. One that is lost between its hand-over and the first query
  // would end the process for want of a listener; with one, that query fails.
  pool.on('connect', (client) => {
    client.on('error', (error) =>
      options.logger?.debug({ err: error, pool: options.applicationName }, 'client failed'),
    );
  });
  giveUpSilent(pool, url, { name: options.applicationName, logger: options.logger });
  const warnOfLoss = warnSeldom(options.logger, 'connection lost');
  pool.on('error', (error) => {
    // Ending a pool does not wait for its connections to close: the server may be gone first.
    if (!pool.ending) warnOfLoss({ err: error, pool: options.applicationName });
  });
  return pool;
}

/** Lets a Prisma client work on the pool. Disconnecting the client leaves the pool open. */
export function prismaAdapter(pool: Pool): PrismaPg {
  return new PrismaPg(pool);
}
