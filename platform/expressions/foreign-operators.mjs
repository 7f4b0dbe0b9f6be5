// Operators as other languages write them: what an expression that cannot be read was most likely meant to say.

/** What each is written as. */
const IN_CEL = {
  '===': '==',
  '!==': '!=',
  '<>': '!=',
  '=': '==',
  '&': '&&',
  '|': '||',
  and: '&&',
  or: '||',
  not: '!',
};
const IN_JSONATA = {
  '===': '=',
  '!==': '!=',
  '<>': '!=',
  '==': '=',
  '&&': 'and',
  '||': 'or',
  '!': '$not(…)',
  not: '$not(…)',
};
const LANGUAGES = { CEL: IN_CEL, JSONata: IN_JSONATA };

const TEXTS = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/gs;
const SIGNS_OR_WORD = /[=!<>&|]+|(?<![\w.$])[a-z]+(?!\w)/gi;

/** What a parser's problem with `text` comes from, in words; the problem itself where that is not known. */
export function explainSyntax(language, text, problem) {
  if (text.trim() === '') return { ...problem, message: 'is empty: there must be an expression' };
  const { message, position } = problem;
  if (message === 'Unexpected token: EOF') return { ...problem, message: 'ends too early: something must follow' };
  if (position === undefined) return problem;
  const code = text.replace(TEXTS, (quoted) => ' '.repeat(quoted.length));
  const operators = LANGUAGES[language];
  // A parser names the sign, its end, or the end of what follows it.
  const found = [...code.matchAll(SIGNS_OR_WORD)]
    .filter(({ index }) => index <= position)
    .findLast(([sign]) => Object.hasOwn(operators, sign.toLowerCase()));
  if (!found || !/^\w*$/.test(code.slice(found.index + found[0].length, position).trim())) return problem;
  const [sign] = found;
  return { message: `"${sign}" is written ${operators[sign.toLowerCase()]} in ${language}`, position: found.index };
}
