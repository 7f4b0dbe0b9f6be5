// What is looked at in JSONata's syntax tree. Plain JavaScript: used in the sandbox too.

const isNode = (value) => typeof value === 'object' && value !== null && typeof value.type === 'string';

const isBare = (node) =>
  !node.stages && !node.predicate && !node.group && node.focus === undefined && node.index === undefined;

const LITERALS = new Set(['string', 'number', 'value']);
const LINEAR_OPERATORS = new Set(['=', '!=', '<', '<=', '>', '>=', 'and', 'or', '&', '+', '-', '*', '/', '%']);

/**
 * How many nodes there are, and whether each takes time in proportion to what it handles, and gives no more than that:
 * paths of plain names, literals, objects and lists made of them, operators between them, conditions. No functions,
 * filters, loops, ranges, or steps that compute.
 */
export function measureJsonata(root) {
  let nodes = 0;
  const isLinear = (node, mayBuild) => {
    nodes += 1;
    if (!isNode(node) || !isBare(node)) return false;
    if (LITERALS.has(node.type)) return true;
    const all = (parts) => Array.isArray(parts) && parts.every((part) => isLinear(part, mayBuild));
    switch (node.type) {
      case 'path':
        nodes += node.steps.length;
        return node.steps.every((step) => step.type === 'name' && isBare(step));
      case 'binary': {
        // A text of an object holds its texts with more signs than they have: once is twice as long, ten times is 2^10.
        const parts = [node.lhs, node.rhs];
        return (
          LINEAR_OPERATORS.has(node.value) && parts.every((part) => isLinear(part, mayBuild && node.value !== '&'))
        );
      }
      case 'condition':
        return all([node.condition, node.then, ...(node.else === undefined ? [] : [node.else])]);
      case 'unary':
        if (node.value === '-') return isLinear(node.expression, mayBuild);
        if (!mayBuild) return false;
        if (node.value === '[') return all(node.expressions);
        return (
          node.value === '{' &&
          Array.isArray(node.lhs) &&
          node.lhs.every(([key, value]) => all([key, value]) && key.type === 'string')
        );
      default:
        return false;
    }
  };
  return { isLinear: isLinear(root, true), nodes };
}

/** References to the top of the input. The walk stays where names are looked up there, and leaves the rest alone. */
export function findReferences(root) {
  const found = [];
  walk(root, found);
  return found;
}

function walk(value, found) {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, found);
    return;
  }
  if (!isNode(value)) return;
  if (value.type === 'path') {
    walkPath(value.steps ?? [], found);
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    // Filters, groupings and transformations look names up in the item at hand.
    if (key === 'stages' || key === 'predicate' || key === 'group' || value.type === 'transform') continue;
    if (typeof child === 'object') walk(child, found);
  }
}

function walkPath(steps, found) {
  const [first, ...rest] = steps;
  if (!first) return;
  if (first.type === 'name') {
    addReference(steps, found);
  } else if (first.type === 'variable' && first.value === '$' && isBare(first)) {
    addReference(rest, found);
  } else {
    walk(first, found);
  }
}

function addReference(steps, found) {
  const path = [];
  let position;
  for (const step of steps) {
    if (step.type !== 'name' || typeof step.value !== 'string') break;
    // JSONata gives the end of a name; its beginning is what one looks for.
    position ??= Math.max(0, (step.position ?? 0) - step.value.length);
    path.push(step.value);
    if (!isBare(step)) break;
  }
  if (path.length > 0) found.push({ path, ...(position === undefined ? {} : { position }) });
}
