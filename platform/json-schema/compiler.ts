import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { RE2JS } from 're2js';
import addFormatsModule from 'ajv-formats';
import type { FormatsPlugin } from 'ajv-formats';

export const MAX_SCHEMA_BYTES = 256 * 1024;

/** References followed in one validation. Honest schemas need a few per value. */
const MAX_REFERENCES = 500_000;
const COUNTER = 'x-flowmesh-counted';

/** A validation followed more references than any honest schema needs. */
export class SchemaBudgetError extends Error {}

// CommonJS and ES module builds differ in where the function is.
const addFormats: FormatsPlugin =
  (addFormatsModule as unknown as { default?: FormatsPlugin }).default ??
  (addFormatsModule as unknown as FormatsPlugin);

/** Linear time whatever the pattern, unlike the language's own engine. Throws on look-around and back-references. */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const expression = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (text: string) => expression.matcher(text).find() };
  },
  { code: 'linearRegExp' },
);

/** The same for equal JSON values, whatever the order of their keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

let checker: Ajv2020 | undefined;

/** Problems of the schema by the meta-schema of draft 2020-12. */
export function metaSchemaErrors(schema: object): ErrorObject[] {
  checker ??= new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  const { $schema } = schema as { $schema?: unknown };
  if ($schema !== undefined && !/^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/.test(String($schema))) {
    throw new Error('`$schema` must be https://json-schema.org/draft/2020-12/schema');
  }
  return checker.validateSchema(schema) === true ? [] : [...(checker.errors ?? [])];
}

const MAPS_OF_SCHEMAS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const PLAIN_VALUES = new Set(['const', 'enum', 'default', 'examples']);

/** References may not lead into plain values, where nobody counts. */
function leadsIntoPlainValue(reference: string): boolean {
  const parts = decodeURIComponent(reference.slice(reference.indexOf('#') + 1)).split('/');
  return parts.some((part, at) => PLAIN_VALUES.has(part) && !MAPS_OF_SCHEMAS.has(parts[at - 1] ?? ''));
}

/** A copy in which every reference is counted when it is followed. */
function counted(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(counted);
  if (node === null || typeof node !== 'object') return node;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    if (PLAIN_VALUES.has(key)) copy[key] = value;
    else if (MAPS_OF_SCHEMAS.has(key) && value !== null && typeof value === 'object' && !Array.isArray(value)) {
      copy[key] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, counted(inner)]));
    } else copy[key] = counted(value);
  }
  for (const key of ['$ref', '$dynamicRef']) {
    const reference = copy[key];
    if (typeof reference !== 'string') continue;
    if (leadsIntoPlainValue(reference)) throw new Error(`the reference ${reference} does not lead to a schema`);
    copy[COUNTER] = true;
  }
  return copy;
}

/**
 * A compiler of its own for each schema, so that an `$id` in one cannot change the meaning of another. Throws when
 * the schema refers to other documents or has patterns that cannot be bounded.
 */
export function compileSchema(schema: object): ValidateFunction {
  let followed = 0;
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    meta: false,
    validateSchema: false,
    inlineRefs: false,
    logger: false,
    code: { regExp: linearRegExp },
  });
  addFormats(ajv);
  ajv.addKeyword({
    keyword: COUNTER,
    validate: () => {
      followed += 1;
      if (followed > MAX_REFERENCES) throw new SchemaBudgetError('too many references followed');
      return true;
    },
  });
  // The library compares each item with each other one.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must not have the same item twice' },
    validate: (wanted: boolean, items: unknown[]) => !wanted || new Set(items.map(canonical)).size === items.length,
  });
  const validate = ajv.compile(counted(schema) as object);
  const restarting = (value: unknown): boolean => {
    followed = 0;
    const valid = validate(value);
    restarting.errors = validate.errors ?? null;
    return valid === true;
  };
  restarting.errors = null as ErrorObject[] | null;
  return Object.assign(restarting, { schema, schemaEnv: validate.schemaEnv }) as ValidateFunction;
}
