// Conditions that the library cannot read, or of which it passes over a part without a word.

/** Operators as other languages write them, and what each is written as. */
const WRITTEN = {
  '=': '==',
  '===': '==',
  '!==': '!=',
  '<>': '!=',
  '&': 'and',
  '&&': 'and',
  '||': 'or',
  '!': 'not',
  AND: 'and',
  OR: 'or',
  NOT: 'not',
};

const TEXTS = /"[^"]*"|'[^']*'/g;
const SIGNS_OR_WORD = /[=!<>&|]+|(?<![\w.-])[a-z]+(?![\w.-])/gi;
const TAG = /^\{%-?\s*(?:if|elsif|unless)\b(.*)$/s;

/** The first operator of another language in a condition, in words; undefined when there is none. */
function foreignOperator(condition) {
  const signs = condition.replace(TEXTS, '""').match(SIGNS_OR_WORD) ?? [];
  const sign = signs.find((one) => Object.hasOwn(WRITTEN, one));
  return sign === undefined ? undefined : `"${sign}" is written ${WRITTEN[sign]} in Liquid`;
}

/** What an error of the library's comes from when it stands in a condition; undefined for any other. */
export function conditionProblem({ input, begin } = {}) {
  if (typeof input !== 'string' || typeof begin !== 'number') return undefined;
  const tag = input.slice(input.lastIndexOf('{%', begin)).split('%}', 1)[0];
  const [, condition] = TAG.exec(tag) ?? [];
  return condition === undefined ? undefined : foreignOperator(condition);
}

/** Makes an engine refuse the conditions of `if`, `elsif` and `unless` that it would read in part. */
export function readWholeConditions(engine) {
  for (const name of ['if', 'unless']) {
    engine.registerTag(
      name,
      class extends engine.tags[name] {
        constructor(token, ...given) {
          super(token, ...given);
          const partly = this.branches.find(({ value }) => !isWhole(value.initial.postfix));
          if (!partly) return;
          const [{ input, begin }] = partly.value.initial.postfix;
          throw new Error(
            conditionProblem({ input, begin }) ?? 'the condition cannot be read: and, or, or a comparison is missing',
          );
        }
      },
    );
  }
}

/** Whether each operator has what it compares, and nothing is left over. Operators stand behind what they are applied to. */
function isWhole(postfix) {
  let values = 0;
  for (const { operator } of postfix) {
    if (operator === undefined) values += 1;
    else {
      const needed = operator === 'not' ? 1 : 2;
      if (values < needed) return false;
      values -= needed - 1;
    }
  }
  return values === 1;
}
