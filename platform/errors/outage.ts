/**
 * PostgreSQL: failed connections (08), exhausted resources such as disk and connections (53), a server that shuts down
 * or starts (57P01 to 57P03), a connection closed for idling (57P05), a statement timeout (57014), a read-only server
 * (25006), and a disk error (58030).
 */
const SQL_STATES = /^(08...|53...|57P0[1235]|57014|25006|58030)$/;
/** Node: the other end of a connection does not answer. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** Prisma: unreachable, timed out, connection closed, pool exhausted, or no transaction available in time. */
const PRISMA = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);
/** Errors of `pg`, `pg-pool` and `ioredis` that have no code. */
const MESSAGES = [
  /^timeout exceeded when trying to connect$/,
  /^timeout expired$/,
  /^Connection terminated/,
  /^Query read timeout$/,
  /^Client has encountered a connection error and is not queryable$/,
  /^Client was closed and is not queryable$/,
  /^Cannot use a pool after calling end on the pool$/,
  /^Connection is closed\.$/,
  /^Command timed out$/,
  /^Stream isn't writeable and enableOfflineQueue options is false$/,
  /^Reached the max retries per request limit/,
  /^(READONLY|LOADING|MISCONF|OOM|MASTERDOWN) /,
];
/** Errors are wrapped a few times at most; the limit also ends cycles. */
const MAX_DEPTH = 6;

/**
 * Whether an error is caused by a dependency that is unavailable, full or too slow, such as an unreachable database, an
 * exhausted pool or a full disk, and not by a bug of the product. Checks wrapped errors too.
 */
export function isOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return false;
  const { name, answered, code, originalCode, message, cause, errors, originalError, meta } = error as Readonly<
    Record<string, unknown>
  >;
  // A service of the product that does not answer; one with a fault of its own has a bug.
  if (name === 'ServiceAwayError' && answered === false) return true;
  for (const each of [code, originalCode]) {
    if (typeof each !== 'string') continue;
    if (SQL_STATES.test(each) || NETWORK.has(each) || PRISMA.has(each)) return true;
  }
  if (typeof message === 'string' && MESSAGES.some((pattern) => pattern.test(message))) return true;
  const inside = [cause, originalError, driverError(meta), ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return inside.some((each) => isOutage(each, depth + 1));
}

/** Where Prisma keeps the error of `pg`. */
function driverError(meta: unknown): unknown {
  return typeof meta === 'object' && meta !== null && 'driverAdapterError' in meta
    ? meta.driverAdapterError
    : undefined;
}
