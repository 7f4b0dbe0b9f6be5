import { readBody } from './bodies.mjs';
import { isObject } from './read-document.mjs';
import { addressesOf } from './servers.mjs';
import { declaredParameters, readParameter } from './parameters.mjs';
import { followed, Unsupported } from './references.mjs';
import { SchemaReader } from './schemas.mjs';

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'];
const OTHER_METHODS = ['options', 'trace'];
const WITH_BODY = new Set(['post', 'put', 'patch']);
const MAX_INPUT_BYTES = 32 * 1024;
const MAX_OUTPUT_BYTES = 16 * 1024;
const MAX_DESCRIPTION = 2_000;
const isJson = (type) => /^application\/([\w.-]+\+)?json(\s*;|$)/i.test(type);
const sizeOf = (schema) => Buffer.byteLength(JSON.stringify(schema));

/** A name that operations of integrations may have: of `operationId`, or of method and path. */
export function operationName(operationId, method, path) {
  const given = typeof operationId === 'string' && operationId !== '' ? operationId : `${method}${path}`;
  const plain = given
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9_.-]+/g, '_')
    .replace(/^[^A-Za-z]+|_+$/g, '')
    .slice(0, 100);
  return plain === '' ? method : plain;
}

/** Each operation of the document with the path it belongs to. */
export function* declaredOperations(document) {
  for (const [path, given] of Object.entries(document.paths)) {
    if (path.startsWith('x-')) continue;
    let item = null;
    let problem = null;
    try {
      item = followed(document, given);
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problem = error.message;
    }
    if (item === null) yield { path, method: '*', item: {}, operation: {}, problem };
    else {
      for (const method of [...METHODS, ...OTHER_METHODS]) {
        if (isObject(item[method])) yield { path, method, item, operation: item[method], problem: null };
      }
    }
  }
}

/** Gives each parameter a field of the input: its own name, unless that is taken. */
function fieldsOf(parameters, hasBody) {
  const names = parameters.map(({ name }) => name);
  const taken = new Set(hasBody ? ['body'] : []);
  return parameters.map((parameter) => {
    const alone = names.filter((name) => name === parameter.name).length === 1 && !taken.has(parameter.name);
    const base = alone ? parameter.name : `${parameter.name}_${parameter.in.toLowerCase()}`;
    let field = base;
    for (let at = 2; taken.has(field) || (field !== parameter.name && names.includes(field)); at += 1)
      field = `${base}_${at}`;
    if (field.length > 100 || /[{}]/.test(field))
      throw new Unsupported(`its parameter ${parameter.name.slice(0, 100)} has a name that cannot be used`);
    taken.add(field);
    return { ...parameter, field };
  });
}

function pathOf(path, parameters) {
  return path.replace(/\{([^{}]*)\}/g, (_whole, name) => {
    const parameter = parameters.find((each) => each.in === 'PATH' && each.name === name);
    if (!parameter) throw new Unsupported(`the parameter {${name}} of its path is not declared`);
    return `{${parameter.field}}`;
  });
}

function inputSchemaOf(document, version, parameters, body) {
  const reader = new SchemaReader(document, version, 'in');
  const described = (schema, description) =>
    isObject(schema) && schema.description === undefined && typeof description === 'string'
      ? { ...schema, description: description.slice(0, 500) }
      : schema;
  const properties = Object.fromEntries(
    parameters.map(({ field, schema, description }) => [field, described(reader.read(schema), description)]),
  );
  if (body) properties.body = described(reader.read(body.schema), body.description);
  const required = [...parameters, ...(body ? [{ ...body, field: 'body' }] : [])].filter((each) => each.required);
  return reader.whole({
    type: 'object',
    properties,
    ...(required.length > 0 ? { required: required.map(({ field }) => field) } : {}),
    additionalProperties: false,
  });
}

/** Of the first answer that says that it went well; null when nothing is known of it. */
function outputSchemaOf(document, version, { responses }, note) {
  if (!isObject(responses)) return null;
  const good = Object.keys(responses)
    .filter((status) => /^2(\d\d|XX)$/i.test(status))
    .sort();
  const schemas = [];
  for (const status of good) {
    const { content } = followed(document, responses[status]);
    if (!isObject(content)) return null;
    const type = Object.keys(content).find(isJson);
    if (type === undefined || content[type]?.schema === undefined) return null;
    schemas.push(content[type].schema);
  }
  if (schemas.length === 0) return null;
  const reader = new SchemaReader(document, version, 'out');
  const read = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()].map((each) =>
    reader.read(each),
  );
  const schema = reader.whole(read.length === 1 ? read[0] : { anyOf: read });
  if (!isObject(schema)) return null;
  if (sizeOf(schema) <= MAX_OUTPUT_BYTES) return schema;
  note(`Answers are not checked: their schema is larger than ${MAX_OUTPUT_BYTES / 1024} KB.`);
  return null;
}

/** Whether an operation is somewhere else than the others; many documents repeat their own address. */
function hasOtherServers(document, own) {
  if (own === undefined) return false;
  const known = new Set(addressesOf(document.servers));
  return !addressesOf(own).some((address) => known.has(address));
}

/** An operation as integrations have it. Throws `Unsupported` when it cannot be called as it is declared. */
export function readOperation({ document, version }, { path, method, item, operation, problem }) {
  if (problem) throw new Unsupported(problem);
  if (OTHER_METHODS.includes(method)) throw new Unsupported(`${method.toUpperCase()} is not supported`);
  if (!path.startsWith('/') || /[?#\s\\]/.test(path)) throw new Unsupported('its path is not a plain path');
  if (hasOtherServers(document, operation.servers ?? item.servers)) {
    throw new Unsupported('it has servers of its own, and an integration has one address');
  }
  const notes = [];
  const note = (text) => notes.push(text);
  const body = readBody({ document, version }, operation, method, note);
  const declared = declaredParameters(document, item, operation).flatMap((each) => readParameter(each, note) ?? []);
  const parameters = fieldsOf(declared, body !== null);
  const inputSchema = inputSchemaOf(document, version, parameters, body);
  if (sizeOf(inputSchema) > MAX_INPUT_BYTES) {
    throw new Unsupported(`the schema of its input is larger than ${MAX_INPUT_BYTES / 1024} KB`);
  }
  let outputSchema = null;
  try {
    outputSchema = outputSchemaOf(document, version, operation, note);
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    note(`Answers are not checked: ${error.message}.`);
  }
  const texts = [operation.summary, operation.description].filter((text) => typeof text === 'string' && text !== '');
  return {
    operation: {
      description:
        texts.length === 0
          ? null
          : texts
              .join('\n\n')
              .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '')
              .slice(0, MAX_DESCRIPTION)
              .toWellFormed(),
      method: method.toUpperCase(),
      path: pathOf(path, parameters),
      parameters: parameters.map(({ in: place, name, field, style, explode }) => ({
        in: place,
        name,
        field,
        style,
        explode,
      })),
      body: WITH_BODY.has(method) ? 'body' : null,
      contentType: body && body.contentType !== 'application/json' ? body.contentType : null,
      ...(body && body.form.length > 0 ? { form: body.form } : {}),
      inputSchema,
      outputSchema,
    },
    notes,
  };
}
