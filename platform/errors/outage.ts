/**
 * Of PostgreSQL: connections that fail (08), resources used up such as disk and connections (53), a server that is
 * being ended or begins (57P01 to 57P03), a connection it has ended for idling, a statement that did not end in time,
 * a server that takes no writes (25006), and a disk that fails (58030).
 */
const SQL_STATES = /^(08...|53...|57P0[1235]|57014|25006|58030)$/;
/** Of Node: nobody answers at the other end of a connection. */
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
/** Of Prisma: not reached, too late, closed, no room in the pool, no transaction to be had in time. */
const PRISMA = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);
/** What `pg`, `pg-pool` and `ioredis` say without giving a code. */
const MESSAGES = [
  /^timeout exceeded when trying to connect$/,
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
/** Errors are wrapped a few times at most; a circle must end. */
const MAX_DEPTH = 6;

/**
 * Whether an error says that something the product depends on is away, full or out of time, such as an absent database,
 * an exhausted pool or a full disk, rather than that the product is wrong. Looks at what the error wraps too.
 */
export function isOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return false;
  const { code, originalCode, message, cause, errors, originalError, meta } = error as Readonly<
    Record<string, unknown>
  >;
  for (const each of [code, originalCode]) {
    if (typeof each !== 'string') continue;
    if (SQL_STATES.test(each) || NETWORK.has(each) || PRISMA.has(each)) return true;
  }
  if (typeof message === 'string' && MESSAGES.some((pattern) => pattern.test(message))) return true;
  const inside = [cause, originalError, driverError(meta), ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return inside.some((each) => isOutage(each, depth + 1));
}

/** Prisma keeps there what `pg` has said. */
function driverError(meta: unknown): unknown {
  return typeof meta === 'object' && meta !== null && 'driverAdapterError' in meta
    ? meta.driverAdapterError
    : undefined;
}
