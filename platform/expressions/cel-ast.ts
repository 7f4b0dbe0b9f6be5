import type { Reference } from './expression-error.ts';

/** The parts of CEL's syntax tree that are looked at. */
export interface CelNode {
  readonly op: string;
  readonly args: unknown;
  readonly range?: { readonly start: number };
}

const isNode = (value: unknown): value is CelNode =>
  typeof value === 'object' && value !== null && typeof (value as { op?: unknown }).op === 'string';

const children = (node: CelNode): CelNode[] => [node.args].flat(3).filter(isNode);

/** Calls by name, whatever they are called on. */
export function calledFunctions(root: CelNode): Set<string> {
  const names = new Set<string>();
  visit(root, (node) => {
    if ((node.op === 'call' || node.op === 'rcall') && Array.isArray(node.args)) names.add(String(node.args[0]));
  });
  return names;
}

export function findReferences(root: CelNode): Reference[] {
  const found: Reference[] = [];
  visit(root, (node) => {
    const path = pathOf(node);
    if (!path) return false;
    found.push({ path, ...(node.range ? { position: node.range.start } : {}) });
    return true;
  });
  return found;
}

/** `steps.a`, `steps["a"]` and plain variables; undefined for anything else. */
function pathOf(node: CelNode): string[] | undefined {
  if (node.op === 'id') return [String(node.args)];
  if ((node.op !== '.' && node.op !== '[]') || !Array.isArray(node.args)) return undefined;
  const [target, key] = node.args as [unknown, unknown];
  const name = typeof key === 'string' ? key : isNode(key) && key.op === 'value' ? key.args : undefined;
  const before = isNode(target) ? pathOf(target) : undefined;
  return before && typeof name === 'string' ? [...before, name] : undefined;
}

/** Goes through the tree from the top; children are left out where `look` says true. */
function visit(node: CelNode, look: (node: CelNode) => boolean | void): void {
  if (look(node) === true) return;
  for (const child of children(node)) visit(child, look);
}
