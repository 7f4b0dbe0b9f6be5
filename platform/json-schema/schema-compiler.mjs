import ajvFormats from 'ajv-formats';
import ajv2020 from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';
import { isMultipleOf } from './exact-multiple.mjs';
import { sizeOf } from './schema-size.mjs';

// CommonJS and ES module builds differ in where the class and the function are.
const Ajv2020 = ajv2020.Ajv2020 ?? ajv2020;
const addFormats = ajvFormats.default ?? ajvFormats;

const COUNTER = 'x-flowmesh-counted';

/** A validation followed more references than it may. */
export class BudgetError extends Error {}

/** Linear time whatever the pattern, unlike the language's own engine. Throws on look-around and back-references. */
const linearRegExp = Object.assign(
  (pattern) => {
    const expression = RE2JS.compile(RE2JS.translateRegExp(pattern));
    // The library takes expressions that are written the same for the same one.
    return { test: (text) => expression.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linearRegExp' },
);

/** The same for equal JSON values, whatever the order of their keys. */
function canonical(value) {
  return JSON.stringify(value, (_key, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

const metaSchemas = new Map();

/** Problems of the schema by the meta-schema of draft 2020-12 as the library tells them, all of them or the first. */
export function metaSchemaErrors(schema, allErrors) {
  const { $schema } = schema;
  if ($schema !== undefined && !/^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/.test(String($schema))) {
    throw new Error('`$schema` must be https://json-schema.org/draft/2020-12/schema');
  }
  const ajv = metaSchemas.get(allErrors) ?? new Ajv2020({ strict: false, allErrors, validateFormats: false });
  metaSchemas.set(allErrors, ajv);
  return ajv.validateSchema(schema) === true ? [] : (ajv.errors ?? []);
}

const MAPS_OF_SCHEMAS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const PLAIN_VALUES = new Set(['const', 'enum', 'default', 'examples']);

/** References may not lead into plain values, where nobody counts. */
function leadsIntoPlainValue(reference) {
  const parts = decodeURIComponent(reference.slice(reference.indexOf('#') + 1)).split('/');
  return parts.some((part, at) => PLAIN_VALUES.has(part) && !MAPS_OF_SCHEMAS.has(parts[at - 1] ?? ''));
}

/** A copy in which every reference is counted when it is followed. */
function counted(node) {
  if (Array.isArray(node)) return node.map(counted);
  if (node === null || typeof node !== 'object') return node;
  const copy = {};
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
 * A function `(value, budget)` that gives the library's errors, all of them or the first. A compiler of its own for
 * each schema, so that an `$id` in one cannot change the meaning of another. Throws when the schema refers to other
 * documents or has patterns that cannot be bounded. `budget`: how many `references` may be followed, and to how many
 * values (`size`) they may lead in all; the function throws BudgetError beyond that.
 */
export function compileSchema(schema, allErrors) {
  let left = { references: 0, size: 0 };
  const ajv = new Ajv2020({
    strict: false,
    allErrors,
    meta: false,
    validateSchema: false,
    inlineRefs: false,
    // `toString` and the like are no properties of a value.
    ownProperties: true,
    logger: false,
    code: { regExp: linearRegExp },
  });
  addFormats(ajv);
  ajv.addKeyword({
    keyword: COUNTER,
    validate: (_schema, value) => {
      left.references -= 1;
      if (left.size !== Infinity) left.size -= sizeOf(value, left.size);
      if (left.references < 0 || left.size < 0) throw new BudgetError('too many references followed');
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
    validate: (wanted, items) => !wanted || new Set(items.map(canonical)).size === items.length,
  });
  // The library divides, as floating-point numbers; a tolerance, which it offers, only moves where that is wrong.
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    error: { message: ({ schema }) => `must be a multiple of ${schema}` },
    validate: (of, value) => isMultipleOf(value, of),
  });
  const validate = ajv.compile(counted(schema));
  return (value, budget) => {
    left = { ...budget };
    return validate(value) ? [] : (validate.errors ?? []);
  };
}
