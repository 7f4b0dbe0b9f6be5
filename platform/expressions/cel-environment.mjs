import { Environment } from '@marcbachmann/cel-js';
import { notATime, readTime } from '../times/read-time.mjs';

export const CEL_VARIABLES = ['input', 'steps', 'context', 'memory', 'item', 'index', 'round', 'previous', 'payload'];

/**
 * What `timestamp` is called instead: the library's own moves days that are not in the calendar, and cannot be replaced
 * under its name.
 */
export const STRICT_TIMESTAMP = 'timestamp_';
/** CEL's times are of the years 1 to 9999. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

function toTimestamp(milliseconds, given) {
  if (milliseconds >= EARLIEST && milliseconds <= LATEST) return new Date(milliseconds);
  throw new Error(notATime(given));
}

/**
 * CEL over the variables `input`, `steps` and `context`. JSON has one kind of number, so whole and decimal numbers may
 * be mixed in arithmetic, which CEL itself refuses.
 */
export function createCelEnvironment() {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 2_000, maxDepth: 100 },
  });
  for (const name of CEL_VARIABLES) environment.registerVariable(name, 'dyn');
  const operators = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '%': (a, b) => a % b,
  };
  for (const [sign, compute] of Object.entries(operators)) {
    const mixed = (a, b) => compute(Number(a), Number(b));
    environment.registerOperator(`double ${sign} int`, mixed);
    environment.registerOperator(`int ${sign} double`, mixed);
  }
  environment.registerOperator('double % double', operators['%']);
  const TIMESTAMP = 'google.protobuf.Timestamp';
  environment.registerFunction(`${STRICT_TIMESTAMP}(string): ${TIMESTAMP}`, (text) =>
    toTimestamp(readTime(text), text),
  );
  environment.registerFunction(`${STRICT_TIMESTAMP}(int): ${TIMESTAMP}`, (seconds) =>
    toTimestamp(Number(seconds) * 1_000, Number(seconds)),
  );
  return environment;
}

/** CEL's whole numbers are bigints; JSON has none. Throws for what JSON has no number for. */
export function toJsonData(value) {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Error(`the result has a number that is none: ${value}, as a division by zero gives it`);
  }
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toJsonData);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, toJsonData(item)]));
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJsonData(item)]));
  }
  return value;
}
