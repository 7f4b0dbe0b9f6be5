import { BudgetError, compileSchema, metaSchemaErrors } from './schema-compiler.mjs';
import { toProblems } from './schema-problems.mjs';
import { sizeOf, weigh } from './schema-size.mjs';

/** Characters of schema texts kept compiled, which take up to 100 bytes each. */
const MAX_CACHED_CHARACTERS = 500_000;
/** Keywords times values up to which every problem is told; beyond it the first one only. */
const EVERY_PROBLEM = 20_000;
/** A schema of more keywords cannot stop at the first problem: the library nests a condition in another for each. */
const FIRST_ONLY_WEIGHT = 1_000;
/** References followed in one validation. Honest schemas need a few per value. */
const MAX_REFERENCES = 500_000;
/** Each followed reference copies the errors found so far. */
const MAX_REFERENCES_WITH_EVERY_PROBLEM = 5_000;

/** More are not worth reading, least of all of many values. */
const MAX_PROBLEMS = 50;
const MAX_PROBLEMS_OF_EACH = 3;

/** Characters of a reason of the library. */
const MAX_REASON = 300;

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

function schemaProblems(text, most) {
  try {
    const schema = JSON.parse(text);
    const wrong = toProblems(metaSchemaErrors(schema, sizeOf(schema, EVERY_PROBLEM) !== Infinity), most);
    if (wrong.length > 0) return wrong;
    compile(text, true);
    return [];
  } catch (error) {
    const reason = error instanceof RangeError ? 'is nested too deeply' : String(error.message).slice(0, MAX_REASON);
    return [{ path: '', message: `is not a usable JSON Schema: ${reason}` }];
  }
}

function valueProblems({ text, value }, most, maxSize) {
  const { weight } = weigh(JSON.parse(text), EVERY_PROBLEM);
  const allErrors = weight > FIRST_ONLY_WEIGHT || sizeOf(value, EVERY_PROBLEM / weight) !== Infinity;
  const few = { references: MAX_REFERENCES_WITH_EVERY_PROBLEM, size: maxSize };
  const all = allErrors ? tryValue(text, value, true, few) : null;
  if (all || maxSize !== Infinity) return all && toProblems(all, most);
  const many = { references: MAX_REFERENCES, size: Infinity };
  const found = tryValue(text, value, weight > FIRST_ONLY_WEIGHT, many);
  return found ? toProblems(found, most) : TOO_DEEP;
}

/** Errors of the library; null when the budget is not enough. */
function tryValue(text, value, allErrors, budget) {
  const validate = compile(text, allErrors);
  try {
    return validate(value, budget);
  } catch (error) {
    if (error instanceof BudgetError || error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * What is wrong with each value by its schema (a text). `maxSize`: how many values all references followed for one
 * together may lead to; null is given when that is not enough. Throws when a schema cannot be used.
 */
export function problemsOfValues(pairs, maxSize = Infinity) {
  const most = pairs.length > 1 ? MAX_PROBLEMS_OF_EACH : MAX_PROBLEMS;
  const problems = [];
  for (const pair of pairs) {
    const found = valueProblems(pair, most, maxSize);
    if (found === null) return null;
    problems.push(found);
  }
  return problems;
}

/** In the sandbox: looks at schemas themselves (`check`, texts), or at the input's values by their schemas. */
export function runJsonSchema({ check }, pairs) {
  const most = check?.length > 1 ? MAX_PROBLEMS_OF_EACH : MAX_PROBLEMS;
  return JSON.stringify(check ? check.map((text) => schemaProblems(text, most)) : problemsOfValues(pairs));
}
