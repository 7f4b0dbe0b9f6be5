import { isObject } from './read-document.mjs';
import { followed, Unsupported } from './references.mjs';

const WITH_BODY = new Set(['post', 'put', 'patch']);
const isJson = (type) => /^application\/([\w.-]+\+)?json(\s*;|$)/i.test(type);
const URL_ENCODED = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';
const STYLES = {
  form: 'FORM',
  spaceDelimited: 'SPACE_DELIMITED',
  pipeDelimited: 'PIPE_DELIMITED',
  deepObject: 'DEEP_OBJECT',
};
const MAX_FIELDS = 100;
const NAMING = ['allOf', 'anyOf', 'oneOf'];

/** What a caller gives for a file. */
const FILE = {
  type: 'object',
  description: 'A file.',
  properties: {
    content: { type: 'string', description: 'Its bytes as base64.' },
    name: { type: 'string', description: 'Its name; `file` when left out.' },
    mediaType: { type: 'string', description: 'Its media type, e.g. image/png.' },
  },
  required: ['content'],
  additionalProperties: false,
};
const TEXT_OR_FILE = { anyOf: [{ type: ['string', 'number', 'boolean'] }, FILE] };

/** The body of an operation in the first form that can be sent: JSON, or a form. Null when it has none. */
export function readBody({ document, version }, operation, method, note) {
  if (operation.requestBody === undefined) return null;
  const { content, required = false, description } = followed(document, operation.requestBody);
  const types = isObject(content) ? Object.keys(content) : [];
  if (!WITH_BODY.has(method)) throw new Unsupported(`it has a body, which ${method.toUpperCase()} cannot send here`);
  const body = { required: required === true, description, form: [] };
  const json = types.find(isJson);
  if (json !== undefined) return { ...body, contentType: json, schema: content[json]?.schema ?? true };
  for (const contentType of [URL_ENCODED, MULTIPART]) {
    const type = types.find((each) => each.split(';')[0].trim().toLowerCase() === contentType);
    if (type === undefined) continue;
    const media = isObject(content[type]) ? content[type] : {};
    return { ...body, contentType, ...readForm({ document, version, note }, media, contentType === MULTIPART) };
  }
  throw new Unsupported(`its body is neither JSON nor a form but ${types.join(', ').slice(0, 200) || 'unknown'}`);
}

function readForm({ document, version, note }, { schema = {}, encoding = {} }, isMultipart) {
  if (!isObject(encoding)) throw new Unsupported('the encoding of its form is not an object');
  const fields = new Map();
  const whole = isMultipart
    ? withFiles(document, schema, (name) => fields.set(name, fieldOf(name, { isFile: true })))
    : schema;
  for (const [name, given] of Object.entries(encoding)) {
    if (!isObject(given)) throw new Unsupported(`the encoding of its field ${name} is not an object`);
    const isFile = fields.get(name)?.isFile === true;
    const field = isMultipart ? partOf(name, given, { version, isFile, note }) : pairOf(name, given);
    if (field) fields.set(name, field);
  }
  if (fields.size > MAX_FIELDS) throw new Unsupported(`more than ${MAX_FIELDS} fields of its form are special`);
  return { schema: whole, form: [...fields.values()] };
}

const fieldOf = (name, { style = null, explode = true, mediaType = null, isFile = false }) => ({
  ...{ name, style, explode, mediaType, isFile },
});

/** A field that is written in a style, or as JSON; null when it is written in the usual way. */
function pairOf(name, { style, explode, allowReserved, contentType }) {
  if (allowReserved === true) throw new Unsupported(`its field ${name} is sent without encoding (allowReserved)`);
  if (style === undefined && explode === undefined) {
    const [type] = typesOf(contentType);
    if (type === undefined || /^text\/plain\b/i.test(type)) return null;
    if (!isJson(type)) throw new Unsupported(`its field ${name} is written as ${type.slice(0, 100)}`);
    return fieldOf(name, { mediaType: type });
  }
  const written = STYLES[style ?? 'form'];
  if (written === undefined) throw new Unsupported(`its field ${name} has the style ${String(style).slice(0, 100)}`);
  return fieldOf(name, { style: written, explode: explode ?? (written === 'FORM' || written === 'DEEP_OBJECT') });
}

/** A part with a media type of its own; null when it is written in the usual way. */
function partOf(name, { style, explode, allowReserved, contentType, headers }, { version, isFile, note }) {
  // Version 3.0 says that styles mean nothing here.
  if (version !== '3.0' && (style !== undefined || explode !== undefined || allowReserved === true)) {
    throw new Unsupported(`its field ${name} is written in a style, which multipart/form-data cannot have here`);
  }
  const others = Object.entries(isObject(headers) ? headers : {}).filter(([each]) => !/^content-type$/i.test(each));
  if (others.some(([, header]) => isObject(header) && header.required === true)) {
    throw new Unsupported(`its field ${name} needs headers of its own`);
  }
  if (others.length > 0) note(`The headers of the field ${name} are left out, which are not supported.`);
  const types = typesOf(contentType);
  // Of several, the caller chooses by the `mediaType` of the file.
  const mediaType = types.length === 1 && !types[0].includes('*') ? types[0] : null;
  return mediaType !== null || isFile ? fieldOf(name, { mediaType, isFile }) : null;
}

const typesOf = (contentType) =>
  typeof contentType === 'string'
    ? contentType
        .split(',')
        .map((type) => type.trim())
        .filter((type) => type !== '')
    : [];

/** The schema of a form, with files as callers give them; `isFile` is told their names. */
function withFiles(document, given, isFile) {
  if (typeof given === 'boolean') return given;
  const schema = followed(document, given);
  const hidden = NAMING.flatMap((keyword) => (Array.isArray(schema[keyword]) ? schema[keyword] : [])).find(
    (part) => filesOf(document, followed(document, part)).length > 0,
  );
  if (hidden) throw new Unsupported('its form has files in a part of its schema (allOf, anyOf, oneOf)');
  const files = filesOf(document, schema);
  if (files.length === 0) return given;
  for (const [name] of files) isFile(name);
  return { ...schema, properties: { ...schema.properties, ...Object.fromEntries(files) } };
}

/** Name and new schema of each property that is a file, or a list of files. */
function filesOf(document, { properties }) {
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, given]) => {
    const file = fileOf(document, given);
    if (file) return [[name, file]];
    const list = isObject(given) ? followed(document, given) : {};
    const item = list.type === 'array' ? fileOf(document, list.items) : null;
    return item ? [[name, { ...list, items: item }]] : [];
  });
}

/** What a caller gives for bytes; null when the schema is of something else. */
function fileOf(document, given) {
  if (!isObject(given)) return null;
  const { type, format, contentMediaType, contentEncoding, description } = followed(document, given);
  const isBytes =
    (type === 'string' && format === 'binary') ||
    ((type === undefined || type === 'string') && contentMediaType !== undefined && contentEncoding === undefined);
  const text = typeof description === 'string' ? { description: description.slice(0, 500) } : {};
  if (isBytes) return { ...FILE, ...text };
  // A schema that says nothing may be of a file: OpenAPI 3.1 takes it for bytes.
  const isAnything = Object.keys(followed(document, given)).every((key) => ['description', 'title'].includes(key));
  return isAnything ? { ...TEXT_OR_FILE, ...text } : null;
}
