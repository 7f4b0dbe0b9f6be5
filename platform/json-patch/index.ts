import { createPatch, type Operation } from 'rfc6902';

type JsonObject = Readonly<Record<string, unknown>>;

export interface PatchOperation {
  readonly op: 'ADD' | 'REMOVE' | 'REPLACE';
  readonly path: string;
  readonly value?: unknown;
}

/** Comparing lists takes their lengths multiplied; beyond this they are replaced as a whole. */
const MOST_COMPARED = 250_000;
const MOST_LENGTH = 1_000;

/** A JSON Patch (RFC 6902) of additions, removals and replacements that makes `after` out of `before`. */
export function diff(before: JsonObject, after: JsonObject): PatchOperation[] {
  let compared = 0;
  const operations = createPatch(before, after, (input: unknown, output: unknown, pointer) => {
    if (!Array.isArray(input) || !Array.isArray(output)) return undefined;
    compared += input.length * output.length;
    if (Math.max(input.length, output.length) <= MOST_LENGTH && compared <= MOST_COMPARED) return undefined;
    return [{ op: 'replace', path: pointer.toString(), value: output as unknown }];
  });
  return operations.map(toShown);
}

function toShown(operation: Operation): PatchOperation {
  const { op, path } = operation;
  if (op === 'remove') return { op: 'REMOVE', path };
  if (op === 'add' || op === 'replace')
    return { op: op === 'add' ? 'ADD' : 'REPLACE', path, value: operation.value as unknown };
  throw new Error(`a difference has the operation ${op}`);
}
