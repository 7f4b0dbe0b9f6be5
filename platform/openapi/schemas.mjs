import { isObject } from './read-document.mjs';
import { followed, target, Unsupported } from './references.mjs';

const MAPS = new Set(['properties', 'patternProperties', 'dependentSchemas']);
const LISTS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const SINGLE = new Set([
  ...['items', 'not', 'additionalProperties', 'contains', 'if', 'then', 'else', 'propertyNames'],
  ...['unevaluatedItems', 'unevaluatedProperties'],
]);
const PLAIN = new Set([
  ...['type', 'enum', 'const', 'default', 'title', 'description', 'format', 'pattern', 'required', 'deprecated'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength'],
  ...['minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties', 'minContains', 'maxContains'],
  ...['dependentRequired', 'readOnly', 'writeOnly'],
]);
/** They would mean something else outside their document. */
const UNSUPPORTED = ['$id', '$anchor', '$dynamicRef', '$dynamicAnchor', '$defs', 'definitions'];

/**
 * Turns schemas of a document into self-contained JSON Schemas of draft 2020-12. What they refer to is collected in
 * `$defs`, so that circles stay references. `direction` is `in` for what is sent, where properties that are only read
 * are not required, and `out` for what is received.
 */
export class SchemaReader {
  constructor(document, version, direction) {
    this.document = document;
    this.isOld = version === '3.0';
    this.hidden = direction === 'in' ? 'readOnly' : 'writeOnly';
    this.names = new Map();
    this.definitions = {};
  }

  /** The schema without what it refers to; see `whole`. */
  read(schema) {
    if (typeof schema === 'boolean') return schema;
    if (!isObject(schema)) throw new Unsupported('a schema is not an object');
    const unsupported = UNSUPPORTED.find((keyword) => Object.hasOwn(schema, keyword));
    if (unsupported) throw new Unsupported(`a schema uses ${unsupported}, which is not supported`);
    const reference = Object.hasOwn(schema, '$ref') ? { $ref: `#/$defs/${this.define(schema.$ref)}` } : null;
    if (reference && this.isOld) return reference;
    const result = { ...reference };
    for (const [keyword, value] of Object.entries(schema)) {
      if (MAPS.has(keyword)) result[keyword] = this.map(value);
      else if (LISTS.has(keyword)) result[keyword] = this.list(value);
      else if (SINGLE.has(keyword)) result[keyword] = this.read(value);
      else if (PLAIN.has(keyword)) result[keyword] = value;
    }
    if (Array.isArray(result.required)) result.required = this.required(result.required, schema.properties);
    return this.isOld ? upgraded(result, schema) : result;
  }

  /** The schema with all that it refers to. */
  whole(schema) {
    const definitions = Object.entries(this.definitions);
    return definitions.length === 0 || !isObject(schema)
      ? schema
      : { ...schema, $defs: Object.fromEntries(definitions) };
  }

  define(reference) {
    const known = this.names.get(reference);
    if (known !== undefined) return known;
    const base =
      String(reference)
        .split('/')
        .at(-1)
        ?.replace(/[^A-Za-z0-9_-]+/g, '_')
        .slice(0, 80) || 'schema';
    let name = base;
    for (let at = 2; Object.hasOwn(this.definitions, name); at += 1) name = `${base}_${at}`;
    this.names.set(reference, name);
    this.definitions[name] = true;
    this.definitions[name] = this.read(target(this.document, reference));
    return name;
  }

  map(value) {
    if (!isObject(value)) throw new Unsupported('the properties of a schema are not an object');
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.read(inner)]));
  }

  list(value) {
    if (!Array.isArray(value)) throw new Unsupported('a list of schemas is not a list');
    return value.map((inner) => this.read(inner));
  }

  required(names, properties) {
    return names.filter((name) => {
      const property = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
      return !isObject(property) || followed(this.document, property)[this.hidden] !== true;
    });
  }
}

/** What OpenAPI 3.0 writes in its own way. */
function upgraded(result, { nullable, exclusiveMinimum, exclusiveMaximum, minimum, maximum }) {
  for (const [keyword, exclusive, bound] of [
    ['Minimum', exclusiveMinimum, minimum],
    ['Maximum', exclusiveMaximum, maximum],
  ]) {
    if (typeof exclusive !== 'boolean') continue;
    delete result[`exclusive${keyword}`];
    if (!exclusive || bound === undefined) continue;
    delete result[keyword.toLowerCase()];
    result[`exclusive${keyword}`] = bound;
  }
  if (nullable !== true) return result;
  if (typeof result.type !== 'string') return { anyOf: [result, { type: 'null' }] };
  const options = Array.isArray(result.enum) && !result.enum.includes(null) ? { enum: [...result.enum, null] } : {};
  return { ...result, type: [result.type, 'null'], ...options };
}
