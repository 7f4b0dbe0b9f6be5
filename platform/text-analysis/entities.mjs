import { readSentences } from './text-model.mjs';

/**
 * What software people write and a language model of prose does not know. Tried in this order; what one finds is taken
 * out of the text before the next looks. Quantifiers are bounded, so that time is linear.
 */
const PATTERNS = [
  ['URL', /\bhttps?:\/\/[^\s<>"'`)\]]{1,2000}[^\s<>"'`)\].,;:!?]/gi],
  ['EMAIL', /\b[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,62}){1,8}\b/gi],
  ['DATE', /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b/g],
  ['IP_ADDRESS', /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d{2,5})?(?![\d.])/g],
  ['FILE', /(?<![\w/.])(?:[\w@~.-]{1,64}\/){1,12}[\w.-]{1,64}\.[A-Za-z]{1,5}(?::\d{1,6}){0,2}\b/g],
  ['EXCEPTION', /\b[A-Z][A-Za-z]{1,60}(?:Error|Exception|Fault)\b/g],
  [
    'ERROR_CODE',
    /\b(?:E(?:CONN[A-Z]{2,10}|NOENT|ACCES|PERM|PIPE|EXIST|MFILE|NOMEM|NOTFOUND|TIMEDOUT|ADDRINUSE|HOSTUNREACH|AI_AGAIN)|(?:ERR|ORA|NET)[_-][A-Z0-9_-]{2,40}|SIG(?:KILL|TERM|SEGV|ABRT|BUS|INT)|SQLSTATE[ :=]{1,3}[0-9A-Z]{5}|HTTP [45]\d\d|0x[0-9A-Fa-f]{4,16}|(?:exit|error|status) code:? \d{1,10})\b/g,
  ],
  ['VERSION', /\b(?:v\d{1,4}(?:\.\d{1,6}){0,3}|\d{1,4}(?:\.\d{1,6}){2,3})(?:-[0-9A-Za-z.]{1,32})?\b/g],
];

/** Kinds of the model that mean something on their own; bare numbers and smileys do not. */
const MODEL_TYPES = new Set(['DATE', 'TIME', 'DURATION', 'MONEY', 'PERCENT', 'MENTION']);

const isNamePart = (token) =>
  token !== null && token.isWord && token.pos === 'PROPN' && /^\p{Lu}[\p{L}\d’'-]*$/u.test(token.text);

/**
 * People, organisations, products, places: two or more capitalised proper nouns in a row, or one that does not stand
 * where any word has a capital.
 */
function names(tokens, known) {
  const found = [];
  let run = [];
  let before;
  for (const [at, token] of [...tokens, null].entries()) {
    if (token && isNamePart(token)) {
      if (run.length === 0) before = tokens[at - 1];
      run.push(token.text);
      continue;
    }
    const [only = ''] = run;
    const alone = run.length === 1 && before?.isWord === true && /^\p{Lu}.*\p{Ll}{2}/u.test(only) && !known.has(only);
    if (alone || (run.length > 1 && run.length < 6)) found.push({ value: run.join(' '), type: 'NAME' });
    run = [];
  }
  return found;
}

/** Things named in a text, the most frequent first. */
export async function entities(text) {
  const found = [];
  let rest = text;
  for (const [type, pattern] of PATTERNS) {
    rest = rest.replace(pattern, (value) => {
      found.push({ value, type });
      return ' ; ';
    });
  }
  // A heading mark or a table bar would glue the names beside it together.
  const lines = rest.replace(/^[ \t]*(?:#{1,6}|[-*+>|]|\d{1,3}[.)])[ \t]+/gm, '').replace(/\|/g, ' ; ');
  const prose = lines.replace(/([^\s.:;,!?])\n(?=\s*\n|[A-Z][A-Za-z /-]{0,30}:)/g, '$1.\n');
  for (const sentence of await readSentences(prose)) {
    for (const entity of sentence.entities) {
      if (MODEL_TYPES.has(entity.type)) found.push({ value: entity.value.replace(/\s+/g, ' '), type: entity.type });
    }
    const known = new Set(sentence.entities.flatMap(({ value }) => value.split(/\s+/)));
    found.push(...names(sentence.tokens, known));
  }
  const counted = new Map();
  for (const { value, type } of found) {
    const key = `${type} ${value.toLowerCase()}`;
    const known = counted.get(key);
    if (known) known.count += 1;
    else counted.set(key, { value, type, count: 1 });
  }
  const order = [...counted.values()].sort((a, b) => b.count - a.count);
  return { entities: order.slice(0, 200) };
}
