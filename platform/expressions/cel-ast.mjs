// What is looked at in CEL's syntax tree. Plain JavaScript: used in the sandbox too.

/** Take time in proportion to their arguments, and give no more than they got. */
const LINEAR = new Set(
  'size has type dyn bool int uint double string startsWith endsWith lowerAscii upperAscii trim substring timestamp getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds getMilliseconds'.split(
    ' ',
  ),
);
/** Take time in proportion to the product: linear as long as what they look for is written out, and short. */
const LINEAR_WITH_SHORT_TEXT = new Set(['contains', 'indexOf', 'lastIndexOf', 'duration']);
const SHORT_CHARACTERS = 32;

const isNode = (value) => typeof value === 'object' && value !== null && typeof value.op === 'string';
const isCall = (node) => (node.op === 'call' || node.op === 'rcall') && Array.isArray(node.args);

const children = (node) => [node.args].flat(3).filter(isNode);

/** Calls by name, whatever they are called on. */
export function calledFunctions(root) {
  const names = new Set();
  visit(root, (node) => {
    if (isCall(node)) names.add(String(node.args[0]));
  });
  return names;
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

export function findReferences(root) {
  const found = [];
  visit(root, (node) => {
    const path = pathOf(node);
    if (!path) return false;
    found.push({ path, ...(node.range ? { position: node.range.start } : {}) });
    return true;
  });
  return found;
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

/** Goes through the tree from the top; children are left out where `look` says true. */
function visit(node, look) {
  if (look(node) === true) return;
  for (const child of children(node)) visit(child, look);
}
