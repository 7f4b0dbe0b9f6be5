import { formatPath, invalidFields, type InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { configurationSchema, type AnyClient } from '../../clients/clients.ts';
import type { JsonSchema } from '../../clients/integration-client.ts';

/** What is said of a name that settings do not have: what they do have. */
export const notUsed = (names: readonly string[]): string =>
  names.length > 0 ? `is not used; these are: ${names.join(', ')}` : 'is not used';

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The names that an object below a schema may have; of several kinds, those of the kind that it says it is. */
function namesAt(schema: JsonSchema, value: unknown, [step, ...further]: readonly PropertyKey[]): string[] {
  const kinds = (schema['oneOf'] ?? schema['anyOf'] ?? []) as readonly JsonSchema[];
  const isOf = (kind: JsonSchema) => fields(fields(kind['properties'])['type'])['const'] === fields(value)['type'];
  const properties = fields((kinds.find(isOf) ?? schema)['properties']);
  if (step === undefined) return Object.keys(properties);
  return namesAt(fields(properties[String(step)]), fields(value)[String(step)], further);
}

/** What is wrong with the shape of a configuration; paths are below it. */
export function configurationProblems(client: AnyClient, error: z.ZodError, given: unknown): InvalidField[] {
  const unknown = error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [];
    const message = notUsed(namesAt(configurationSchema(client), given, issue.path));
    return issue.keys.map((key) => ({ path: formatPath([...issue.path, key]), message }));
  });
  const others = error.issues.filter(({ code }) => code !== 'unrecognized_keys');
  return [...unknown, ...invalidFields(new z.ZodError(others))];
}
