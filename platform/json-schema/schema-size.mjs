/** So many characters count as one value. */
const CHARACTERS_A_VALUE = 16;
/** An expression of so many characters does as much to a text as one keyword to a value. */
const EXPRESSION_A_KEYWORD = 8;
/** A class of Unicode characters is a table of ranges. */
const UNICODE_CLASS_CHARACTERS = 100;
const FORMAT_KEYWORDS = 10;
/** Whole numbers of hundreds of digits may have to be divided. */
const DECIMAL_KEYWORDS = 5;

/** Keywords that look at what others have said, or choose their target while validating. */
const HEAVY = new Set(['unevaluatedProperties', 'unevaluatedItems', '$dynamicRef', '$dynamicAnchor']);

/** Characters of an expression once its repetitions are written out, at most. */
function writtenOut(pattern) {
  let times = 1;
  for (const [, least, most] of pattern.matchAll(/\{(\d{1,9})(?:,(\d{0,9}))?\}/g)) {
    times *= Math.max(1, Number(least), Number(most || 0));
  }
  const classes = pattern.match(/\\p/gi)?.length ?? 0;
  return (pattern.length + classes * UNICODE_CLASS_CHARACTERS) * times;
}

/** Calls `visit(value, key)` for a value and all within it, until it answers false. Needs no stack, however deep. */
function walk(root, visit) {
  const open = [root];
  const keys = [''];
  while (open.length > 0) {
    const value = open.pop();
    const key = keys.pop();
    if (visit(value, key) === false) return;
    if (value === null || typeof value !== 'object') continue;
    for (const inner of Object.keys(value)) {
      open.push(value[inner]);
      keys.push(Array.isArray(value) ? '' : inner);
    }
  }
}

/** Elements of a list and keys of an object; what is in them is not looked at. */
const width = (value) =>
  Array.isArray(value) ? value.length : value !== null && typeof value === 'object' ? Object.keys(value).length : 0;

const sizeOfText = (text) => text.length / CHARACTERS_A_VALUE;

/**
 * Values within a value, itself included, and their texts and keys by length. Infinity beyond the limit; how much more
 * it is does not matter to the time this takes.
 */
export function sizeOf(value, limit) {
  let size = 0;
  walk(value, (inner, key) => {
    size += 1 + sizeOfText(key) + (typeof inner === 'string' ? sizeOfText(inner) : 0);
    return size + width(inner) <= limit || ((size = Infinity), false);
  });
  return size;
}

/** Of all texts in a value the longest, in characters. */
export function longestText(value) {
  let longest = 0;
  walk(value, (inner, key) => {
    longest = Math.max(longest, key.length, typeof inner === 'string' ? inner.length : 0);
  });
  return longest;
}

/**
 * What a schema costs for each value it looks at, in keywords. `heavy`: it has keywords of which that cannot be said.
 * Infinity beyond the limit.
 */
export function weigh(schema, limit) {
  let weight = 0;
  let heavy = false;
  let formats = false;
  walk(schema, (inner, key) => {
    weight += 1 + sizeOfText(key) + (typeof inner === 'string' ? sizeOfText(inner) : 0);
    if (HEAVY.has(key)) heavy = true;
    if (key === 'pattern' && typeof inner === 'string') weight += writtenOut(inner) / EXPRESSION_A_KEYWORD;
    if (key === 'patternProperties' && width(inner) <= limit) {
      for (const pattern of Object.keys(inner ?? {})) weight += writtenOut(pattern) / EXPRESSION_A_KEYWORD;
    }
    if (key === 'multipleOf' && !Number.isSafeInteger(inner)) weight += DECIMAL_KEYWORDS;
    if (key === 'format') {
      weight += FORMAT_KEYWORDS;
      formats = true;
    }
    return weight + width(inner) <= limit || ((weight = Infinity), false);
  });
  return { weight, heavy, formats };
}
