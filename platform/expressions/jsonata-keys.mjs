const PLAIN_NAME = /^[A-Za-z_]\w*$/;

/**
 * The first `x["name"]`. JSONata filters by what stands in brackets, and every text but the empty one is true: it gives
 * `x` itself, where other languages read a key. Null when there is none.
 */
export function keyInBrackets(root) {
  let found = null;
  const walk = (node) => {
    if (found || typeof node !== 'object' || node === null) return;
    const filters = [node.stages, node.predicate].flatMap((parts) => (Array.isArray(parts) ? parts : []));
    const key = filters.find(({ type, expr }) => type === 'filter' && expr?.type === 'string');
    if (key) found = { message: advice(key.expr.value), position: key.position - 1 };
    else Object.values(node).forEach(walk);
  };
  walk(root);
  return found;
}

function advice(name) {
  const written = PLAIN_NAME.test(name) ? name : `\`${name}\``;
  return `[${JSON.stringify(name)}] is a filter that keeps everything, and reads no key: write .${written}`;
}
