import { Validator } from '@seriousme/openapi-schema-validator';
import { parseDocument } from 'yaml';

const MAX_DEPTH = 100;
const TOO_DEEP = `must not be nested more than ${MAX_DEPTH} deep`;
const MAX_VALUES = 500_000;
/** Checking the rules takes several times as long as reading, and more than there is time for. */
const MAX_CHECKED_VALUES = 100_000;
const MAX_ALIASES = 100;
const MAX_PROBLEMS = 10;

export const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** A document that cannot be read at all; the message is for its author. */
const refuse = (message) => {
  throw new Error(message);
};

/** The parser of YAML calls itself for each level, and may tell it as a mistake of the document. */
const isTooDeep = ({ message }) => /call stack size/.test(message);

function parseYaml(text) {
  try {
    return parseDocument(text, { logLevel: 'silent', prettyErrors: true, stringKeys: true });
  } catch (problem) {
    return refuse(isTooDeep(problem) ? TOO_DEEP : `is neither JSON nor YAML: ${problem.message}`);
  }
}

function parse(text) {
  try {
    // YAML contains JSON, but its parser needs ten times the memory.
    if (/^\uFEFF?\s*\{/.test(text)) return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // A flow mapping of YAML begins with a brace, too.
  }
  const document = parseYaml(text);
  const [error] = document.errors;
  if (error && isTooDeep(error)) refuse(TOO_DEEP);
  if (error) refuse(`is neither JSON nor YAML: ${error.message.split('\n')[0]}`);
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (problem) {
    return refuse(isTooDeep(problem) ? TOO_DEEP : `cannot be used: ${problem.message}`);
  }
}

/** Number of values. Aliases of YAML are one object in many places: each place counts, and a circle is too deep. */
function measure(root) {
  let values = 0;
  const open = [[root, 0]];
  while (open.length > 0) {
    const [value, depth] = open.pop();
    values += 1;
    if (values > MAX_VALUES) refuse(`must not have more than ${MAX_VALUES.toLocaleString('en')} values`);
    if (depth > MAX_DEPTH) refuse(TOO_DEEP);
    if (value !== null && typeof value === 'object')
      for (const inner of Object.values(value)) open.push([inner, depth + 1]);
  }
  return values;
}

async function problemsOf(document, values) {
  if (values > MAX_CHECKED_VALUES)
    return [`/: is not checked against the rules: it has more than ${MAX_CHECKED_VALUES.toLocaleString('en')} values`];
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  if (valid) return [];
  if (typeof errors === 'string') return [errors];
  const texts = (errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'}: ${message}`);
  return [...new Set(texts)].slice(0, MAX_PROBLEMS);
}

/** The document as JSON, its minor version of OpenAPI, and where it breaks the rules of OpenAPI. Throws what is for its author. */
export async function readDocument(text) {
  const document = parse(text);
  if (!isObject(document)) refuse('is not an OpenAPI document: it must be an object');
  const values = measure(document);
  const version = /^3\.[01]/.exec(String(document.openapi ?? ''))?.[0];
  if (!version) refuse('must be OpenAPI 3.0 or 3.1: its field `openapi` says so');
  if (!isObject(document.paths)) refuse('has no `paths`');
  return { document, version, problems: await problemsOf(document, values) };
}
