import { headerProblem } from '@flowmesh/platform/http';
import { checkSchemas } from '@flowmesh/platform/json-schema';
import type { Requester } from '@flowmesh/platform/sandbox';
import { jsonObject, text, type InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';
import {
  changesNothing,
  hasBody,
  hasSteps,
  isPlainPath,
  isRepeatable,
  placeholdersOf,
  type HttpOperation,
} from '../../clients/http/http-operation.ts';

const MAX_OPERATIONS = 200;
const MAX_SCHEMA_BYTES = 256 * 1024;

const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,99}$/, 'must be 1 to 100 letters, digits, _, - and ., and begin with a letter');
const fieldName = z.string().min(1).max(100, 'must have at most 100 characters');
const fieldNames = z.array(fieldName).max(50, 'must be at most 50').nullish();
const schema = jsonObject({ maxBytes: MAX_SCHEMA_BYTES }).nullish();

const operation = z.object({
  name,
  description: text({ max: 2_000 }).nullish(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z.string().max(2_000, 'must have at most 2,000 characters'),
  query: fieldNames,
  headers: fieldNames,
  body: fieldName.nullish(),
  inputSchema: schema,
  outputSchema: schema,
  readOnly: z.boolean().nullish(),
  repeatable: z.boolean().nullish(),
});

export const operationsShape = z.array(operation).max(MAX_OPERATIONS, `must be at most ${MAX_OPERATIONS}`);
type OperationInput = z.output<typeof operation>;

export function toOperation(input: OperationInput): HttpOperation {
  const { method, path } = input;
  return {
    name: input.name,
    description: input.description ?? null,
    inputSchema: input.inputSchema ?? null,
    outputSchema: input.outputSchema ?? null,
    readOnly: input.readOnly ?? changesNothing(method),
    repeatable: input.repeatable ?? isRepeatable(method),
    http: { method, path, query: input.query ?? [], headers: input.headers ?? [], body: input.body ?? null },
  };
}

function pathProblem(path: string): string | null {
  if (!isPlainPath(path)) return 'must be a path without parameters; list those in `query`';
  if (hasSteps(path)) return 'must not have the steps . and ..';
  if (placeholdersOf(path).some((placeholder) => placeholder === ''))
    return 'must name a field of the input in each {}';
  return /[{}]/.test(path.replace(/\{[^{}]*\}/g, '')) ? 'must have a } for each {' : null;
}

function problemsOf(input: OperationInput): InvalidField[] {
  const path = pathProblem(input.path);
  const body = input.body != null && !hasBody(input.method) ? `must be left out for ${input.method}` : null;
  return [
    ...(path ? [{ path: 'path', message: path }] : []),
    ...(body ? [{ path: 'body', message: body }] : []),
    ...(input.headers ?? []).flatMap((header, at) => {
      const message = headerProblem(header, '');
      return message ? [{ path: `headers[${at}]`, message }] : [];
    }),
  ];
}

/** What is wrong with declared operations beyond their shape; paths begin with `operations`. */
export async function operationProblems(
  operations: readonly OperationInput[],
  whom: Requester,
): Promise<InvalidField[]> {
  const names = operations.map((each) => each.name);
  const schemas = operations.flatMap(({ inputSchema, outputSchema }, at) => [
    ...(inputSchema ? [{ path: `operations[${at}].inputSchema`, schema: inputSchema }] : []),
    ...(outputSchema ? [{ path: `operations[${at}].outputSchema`, schema: outputSchema }] : []),
  ]);
  const found = await checkSchemas(
    schemas.map((each) => each.schema),
    whom,
  );
  return [
    ...names.flatMap((each, at) =>
      names.indexOf(each) < at ? [{ path: `operations[${at}].name`, message: 'is the name of another one' }] : [],
    ),
    ...operations.flatMap((each, at) =>
      problemsOf(each).map(({ path, message }) => ({ path: `operations[${at}].${path}`, message })),
    ),
    ...schemas.flatMap(({ path: base }, at) =>
      (found[at] ?? []).map(({ path, message }) => ({ path: path ? `${base}.${path}` : base, message })),
    ),
  ];
}
