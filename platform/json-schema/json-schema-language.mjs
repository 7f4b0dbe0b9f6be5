import { BudgetError, compileSchema, metaSchemaErrors } from './schema-compiler.mjs';
import { toProblems } from './schema-problems.mjs';
import { sizeOf, weigh } from './schema-size.mjs';

/** Characters of schema texts kept compiled, which take up to 100 bytes each. */
const MAX_CACHED_CHARACTERS = 500_000;
/** Keywords times values up to which every problem is told; beyond it the first one only. */
export const EVERY_PROBLEM = 20_000;
/** A schema of more keywords cannot stop at the first problem: the library nests a condition in another for each. */
const FIRST_ONLY_WEIGHT = 1_000;
/** References followed in one validation. Honest schemas need a few per value. */
const MAX_REFERENCES = 500_000;
/** Each followed reference copies the errors found so far. */
const MAX_REFERENCES_WITH_EVERY_PROBLEM = 5_000;

const TOO_DEEP = [{ path: '', message: 'is too large or too deep for its schema' }];

const compiled = new Map();
let cachedCharacters = 0;

function compile(text, allErrors) {
  const key = `${allErrors ? 'all' : 'first'} ${text}`;
  const entry = compiled.get(key) ?? compileSchema(JSON.parse(text), allErrors);
  if (!compiled.delete(key)) cachedCharacters += key.length;
  compiled.set(key, entry);
  while (cachedCharacters > MAX_CACHED_CHARACTERS && compiled.size > 1) {
    const [oldest] = compiled.keys();
    compiled.delete(oldest);
    cachedCharacters -= oldest.length;
  }
  return entry;
}

/** What is wrong with a schema, given as JSON text. */
export function schemaProblems(text) {
  try {
    const schema = JSON.parse(text);
    const wrong = toProblems(metaSchemaErrors(schema, sizeOf(schema, EVERY_PROBLEM) !== Infinity));
    if (wrong.length > 0) return wrong;
    compile(text, true);
    return [];
  } catch (error) {
    const reason = error instanceof RangeError ? 'is nested too deeply' : String(error.message);
    return [{ path: '', message: `is not a usable JSON Schema: ${reason}` }];
  }
}

/**
 * What is wrong with a value. `maxSize`: how many values all followed references together may lead to; null is given
 * when that is not enough. Throws when the schema itself cannot be used.
 */
export function valueProblems(text, value, maxSize = Infinity) {
  const { weight } = weigh(JSON.parse(text), EVERY_PROBLEM);
  const allErrors = weight > FIRST_ONLY_WEIGHT || sizeOf(value, EVERY_PROBLEM / weight) !== Infinity;
  const few = { references: MAX_REFERENCES_WITH_EVERY_PROBLEM, size: maxSize };
  const all = allErrors ? tryValue(text, value, true, few) : null;
  if (all || maxSize !== Infinity) return all;
  const many = { references: MAX_REFERENCES, size: Infinity };
  return tryValue(text, value, weight > FIRST_ONLY_WEIGHT, many) ?? TOO_DEEP;
}

/** Null when the budget is not enough. */
function tryValue(text, value, allErrors, budget) {
  const validate = compile(text, allErrors);
  try {
    return toProblems(validate(value, budget));
  } catch (error) {
    if (error instanceof BudgetError || error instanceof RangeError) return null;
    throw error;
  }
}

/** In the sandbox: `{schema}` (a text) checks the schema itself, `{schema, value: true}` the input against it. */
export function runJsonSchema({ schema, value }, input) {
  return JSON.stringify(value ? valueProblems(schema, input) : schemaProblems(schema));
}
