// What is looked at in CEL's syntax tree. Plain JavaScript: used in the sandbox too.

/** Take time in proportion to their arguments, and give no more than they got. */
const LINEAR = new Set(
  'size has type dyn bool int uint double string startsWith endsWith lowerAscii upperAscii trim substring getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds getMilliseconds'.split(
    ' ',
  ),
);
/** Take time in proportion to the product: linear as long as what they look for is written out, and short. */
const LINEAR_WITH_SHORT_TEXT = new Set(['contains', 'indexOf', 'lastIndexOf', 'duration']);
const SHORT_CHARACTERS = 32;

const isNode = (value) => typeof value === 'object' && value !== null && typeof value.op === 'string';
const isCall = (node) => (node.op === 'call' || node.op === 'rcall') && Array.isArray(node.args);

const children = (node) => [node.args].flat(3).filter(isNode);

/** Calls `to` wherever `from` is called as a function. */
export function renameCalls(root, from, to) {
  visit(root, (node) => {
    if (node.op === 'call' && node.args[0] === from) node.args[0] = to;
  });
}

const COMPUTES = new Set(['+', '-', '*', '/', '%']);

/**
 * Makes a checked tree throw where it computes a number that is none, as a division by zero gives it: what compares it
 * would decide otherwise. `refuse(node, result, operands)` throws.
 */
export function refuseNonFinite(root, refuse) {
  visit(root, (node) => {
    if (!COMPUTES.has(node.op) && !(node.op === 'call' && node.args[0] === 'double')) return;
    const { handle } = node;
    node.handle = (...given) => {
      const result = handle(...given);
      if (typeof result === 'number' && !Number.isFinite(result)) refuse(node, result, given);
      return result;
    };
  });
}

/** The calls around `wanted`, from the outside; empty when there are none. */
export function callsAround(root, wanted) {
  const search = (node, calls) => {
    if (node === wanted) return calls;
    const inner = isCall(node) ? [...calls, node] : calls;
    for (const child of children(node)) {
      const found = search(child, inner);
      if (found) return found;
    }
    return undefined;
  };
  return search(root, []) ?? [];
}

/** The names that are called, whatever they are called on, and where each is first. */
export function calledFunctions(root) {
  const found = new Map();
  visit(root, (node) => {
    const name = isCall(node) ? String(node.args[0]) : undefined;
    if (name !== undefined && !found.has(name)) found.set(name, node.range?.start);
  });
  return found;
}

/** How many nodes there are, and whether each takes time in proportion to what it handles at most. */
export function measureCel(root) {
  let nodes = 0;
  let isLinear = true;
  visit(root, (node) => {
    nodes += 1;
    if (isCall(node) && !isLinearCall(node.args)) isLinear = false;
  });
  return { nodes, isLinear };
}

function isLinearCall([name, ...rest]) {
  if (LINEAR.has(name)) return true;
  return LINEAR_WITH_SHORT_TEXT.has(name) && rest.at(-1).every(isShort);
}

const isShort = ({ op, args }) => op === 'value' && !(typeof args === 'string' && args.length > SHORT_CHARACTERS);

/**
 * Where the tree reads one of `variables`. Names of its own are left out: what macros such as `exists` and `bind`
 * give a name to, which may be that of a variable, and the names of types.
 */
export function findReferences(root, variables) {
  const found = [];
  const walk = (node, own) => {
    const path = pathOf(node);
    if (path) {
      if (variables.includes(path[0]) && !own.has(path[0])) {
        found.push({ path, ...(node.range ? { position: node.range.start } : {}) });
      }
      return;
    }
    const { name, outside, inside } = scopeOf(node);
    for (const child of outside) walk(child, own);
    for (const child of inside) walk(child, new Set(own).add(name));
  };
  walk(root, new Set());
  return found;
}

const OF_ITEMS = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

/** Which children of a node know the name that it gives, and which do not. */
function scopeOf(node) {
  if (node.op === 'rcall' && node.args[2][0]?.op === 'id') {
    const [macro, target, [{ args: name }, ...rest]] = node.args;
    if (OF_ITEMS.has(macro)) return { name, outside: [target], inside: rest };
    if (macro === 'bind') return { name, outside: [rest[0]], inside: rest.slice(1) };
  }
  return { outside: children(node), inside: [] };
}

/** `steps.a`, `steps["a"]` and plain variables; undefined for anything else. */
function pathOf(node) {
  if (node.op === 'id') return [String(node.args)];
  if ((node.op !== '.' && node.op !== '[]') || !Array.isArray(node.args)) return undefined;
  const [target, key] = node.args;
  const name = typeof key === 'string' ? key : isNode(key) && key.op === 'value' ? key.args : undefined;
  const before = isNode(target) ? pathOf(target) : undefined;
  return before && typeof name === 'string' ? [...before, name] : undefined;
}

/** Goes through the tree from the top. */
export function visit(node, look) {
  look(node);
  for (const child of children(node)) visit(child, look);
}
