import { checkSchema, validateAgainst } from '@flowmesh/platform/json-schema';
import type { Requester } from '@flowmesh/platform/sandbox';
import type { InvalidField } from '@flowmesh/platform/validation';
import type { JsonObject } from '../workflows/workflow-record.ts';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const below = (path: string) => (path === '' ? 'parameters' : `parameters.${path}`);

/** The values with the defaults of those that were left out. */
function withDefaults(schema: JsonObject, given: JsonObject): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const defaults = Object.entries(properties).flatMap(([key, property]) =>
    isObject(property) && Object.hasOwn(property, 'default') ? [[key, property['default']] as const] : [],
  );
  return { ...Object.fromEntries(defaults), ...given };
}

/** The values of the parameters, or what is wrong with those that were given. */
export async function parameterValues(
  schema: JsonObject,
  given: JsonObject,
  whom: Requester,
): Promise<{ readonly values: JsonObject; readonly problems: InvalidField[] }> {
  const values = withDefaults(schema, given);
  const problems = await validateAgainst(schema, values, whom);
  return { values, problems: problems.map(({ path, message }) => ({ path: below(path), message })) };
}

const typeOf = (value: unknown): object => {
  if (Array.isArray(value)) return { type: 'array' };
  if (value === null) return {};
  if (Number.isInteger(value)) return { type: 'number' };
  return { type: typeof value };
};

/** Every constant of a workflow as a parameter of its type, whose default it is. */
export const parametersOf = (config: JsonObject): JsonObject => ({
  type: 'object',
  properties: Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, { ...typeOf(value), default: value }]),
  ),
  additionalProperties: false,
});

/** Problems of a schema of parameters. */
export async function parameterSchemaProblems(schema: JsonObject, whom: Requester): Promise<InvalidField[]> {
  const problems = (await checkSchema(schema, whom)).map(({ path, message }) => ({ path: below(path), message }));
  if (problems.length > 0 || schema['type'] === 'object') return problems;
  return [{ path: 'parameters.type', message: 'must be object: each property is a parameter' }];
}
