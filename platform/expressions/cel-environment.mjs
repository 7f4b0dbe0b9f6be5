import { Environment } from '@marcbachmann/cel-js';

export const CEL_VARIABLES = ['input', 'steps', 'context'];

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
  return environment;
}

/** CEL's whole numbers are bigints; JSON has none. */
export function toJsonData(value) {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toJsonData);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, toJsonData(item)]));
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJsonData(item)]));
  }
  return value;
}
