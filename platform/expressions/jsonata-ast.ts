import type { Reference } from './expression-error.ts';

/** The parts of JSONata's syntax tree that are looked at. */
export interface JsonataNode {
  readonly type: string;
  readonly value?: unknown;
  readonly position?: number;
  readonly steps?: readonly JsonataNode[];
  readonly stages?: readonly unknown[];
  readonly predicate?: readonly unknown[];
  readonly group?: unknown;
  readonly focus?: unknown;
  readonly index?: unknown;
  readonly lhs?: unknown;
  readonly rhs?: unknown;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is JsonataNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

const isBare = (node: JsonataNode): boolean =>
  !node.stages && !node.predicate && !node.group && node.focus === undefined && node.index === undefined;

const LITERALS = new Set(['string', 'number', 'value']);
const PLAIN_OPERATORS = new Set(['=', '!=', '<', '<=', '>', '>=', 'and', 'or', '&', '+', '-', '*', '/', '%']);

/**
 * Whether evaluation takes time in proportion to expression and input at most: paths of plain names, literals, objects
 * and lists made of them, operators between them, conditions. No functions, filters, loops, ranges, or steps that
 * compute.
 */
export function isPlain(node: JsonataNode): boolean {
  if (!isBare(node)) return false;
  if (LITERALS.has(node.type)) return true;
  switch (node.type) {
    case 'path':
      return (node.steps ?? []).every((step) => step.type === 'name' && isBare(step));
    case 'binary':
      return PLAIN_OPERATORS.has(String(node.value)) && allPlain([node.lhs, node.rhs]);
    case 'condition':
      return allPlain([node['condition'], node['then'], ...(node['else'] === undefined ? [] : [node['else']])]);
    case 'unary':
      if (node.value === '[') return allPlain(node['expressions']);
      if (node.value === '-') return allPlain([node['expression']]);
      return node.value === '{' && Array.isArray(node.lhs) && node.lhs.every(isPlainEntry);
    default:
      return false;
  }
}

const allPlain = (nodes: unknown): boolean =>
  Array.isArray(nodes) && nodes.every((node) => isNode(node) && isPlain(node));

const isPlainEntry = (entry: unknown): boolean =>
  Array.isArray(entry) && isNode(entry[0]) && entry[0].type === 'string' && isNode(entry[1]) && isPlain(entry[1]);

/** References to the top of the input. The walk stays where names are looked up there, and leaves the rest alone. */
export function findReferences(root: JsonataNode): Reference[] {
  const found: Reference[] = [];
  walk(root, found);
  return found;
}

function walk(value: unknown, found: Reference[]): void {
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

function walkPath(steps: readonly JsonataNode[], found: Reference[]): void {
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

function addReference(steps: readonly JsonataNode[], found: Reference[]): void {
  const path: string[] = [];
  let position: number | undefined;
  for (const step of steps) {
    if (step.type !== 'name' || typeof step.value !== 'string') break;
    // JSONata gives the end of a name; its beginning is what one looks for.
    position ??= Math.max(0, (step.position ?? 0) - step.value.length);
    path.push(step.value);
    if (!isBare(step)) break;
  }
  if (path.length > 0) found.push({ path, ...(position === undefined ? {} : { position }) });
}
