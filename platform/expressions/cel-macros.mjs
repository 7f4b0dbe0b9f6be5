import { visit } from './cel-ast.mjs';

/** How each macro over a list is written, and with how many things in its brackets. */
const OF_LISTS = {
  all: { counts: [2], example: 'all(x, x > 1)' },
  exists: { counts: [2], example: 'exists(x, x > 1)' },
  exists_one: { counts: [2], example: 'exists_one(x, x > 1)' },
  filter: { counts: [2], example: 'filter(x, x > 1)' },
  map: { counts: [2, 3], example: 'map(x, x + 1)' },
};

/**
 * The first macro over a list that is not written as one. The library takes it for a function then, and says of the name
 * that it would give that it is not known.
 */
export function misusedMacro(root) {
  let found;
  visit(root, (node) => {
    const { op, args } = node;
    if (found || (op !== 'call' && op !== 'rcall') || !Object.hasOwn(OF_LISTS, args[0])) return;
    const [name] = args;
    const { counts, example } = OF_LISTS[name];
    const message = op === 'call' ? 'is asked of a list' : countProblem(counts, args[2].length);
    if (message) found = { message: `${name} ${message}, as in input.list.${example}`, position: node.range?.start };
  });
  return found;
}

function countProblem(counts, given) {
  if (counts.includes(given)) return undefined;
  return `takes ${counts.join(' or ')} arguments, not ${given}`;
}
