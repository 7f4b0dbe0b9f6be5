import { LRUCache } from 'lru-cache';

// Which templates take so little time that they may be parsed and rendered in this thread. Decided by their text, before
// anything is parsed: whatever is not known to be light goes to the sandbox.

const MAX_CHARACTERS = 20_000;
const MAX_MARKS = 100;
/** Of all marks together: parsing time goes by these, hardly by the text between them. */
const MAX_MARK_CHARACTERS = 2_000;
const MAX_LOOP_DEPTH = 2;

const NAME = '[A-Za-z_][\\w-]*';
const PATH = `${NAME}(?:\\.${NAME}|\\[\\d{1,4}\\])*`;
const VALUE = `(?:'[^']*'|"[^"]*"|-?\\d{1,9}(?:\\.\\d{1,9})?|${PATH})`;
/** Each takes time in proportion to its input and arguments, and gives no more than both. */
const FILTERS =
  'append|prepend|upcase|downcase|capitalize|strip|lstrip|rstrip|default|size|first|last|plus|minus|times|divided_by|round|escape|raw|newline_to_br|url_encode|json|truncate|date';
const FILTER = `(?:${FILTERS})(?:\\s*:\\s*${VALUE}(?:\\s*,\\s*${VALUE})?)?`;
const COMPARISON = `${VALUE}(?:\\s*(?:==|!=|>=|<=|>|<|\\scontains\\s)\\s*${VALUE})?`;

const OUTPUT = new RegExp(`^-?\\s*${VALUE}(?:\\s*\\|\\s*${FILTER})*\\s*-?$`);
const CONDITION = new RegExp(`^(?:if|elsif|unless)\\s+${COMPARISON}(?:\\s+(?:and|or)\\s+${COMPARISON})*$`);
const LOOP = new RegExp(`^for\\s+${NAME}\\s+in\\s+${PATH}$`);
const OTHER_TAG = /^(?:else|endif|endunless|endfor)$/;

export interface LightTemplate {
  /** Outputs and tags. */
  readonly marks: number;
  /** How deep its loops are nested. */
  readonly loopDepth: number;
}

const known = new LRUCache<string, LightTemplate | 'heavy'>({
  maxSize: 5_000_000,
  sizeCalculation: (_value, text) => text.length + 100,
});

/** Null for a template that may be expensive, or cannot be read. */
export function asLight(text: string): LightTemplate | null {
  if (text.length > MAX_CHARACTERS) return null;
  let found = known.get(text);
  if (!found) {
    found = read(text) ?? 'heavy';
    known.set(text, found);
  }
  return found === 'heavy' ? null : found;
}

function read(text: string): LightTemplate | null {
  let marks = 0;
  let characters = 0;
  let depth = 0;
  let loopDepth = 0;
  for (let at = nextMark(text, 0); at !== -1; at = nextMark(text, at)) {
    const isOutput = text[at + 1] === '{';
    const end = text.indexOf(isOutput ? '}}' : '%}', at + 2);
    if (end === -1) return null;
    const inner = text.slice(at + 2, end);
    marks += 1;
    characters += inner.length;
    if (marks > MAX_MARKS || characters > MAX_MARK_CHARACTERS) return null;
    const tag = isOutput ? null : inner.replace(/^-?\s*/, '').replace(/\s*-?$/, '');
    if (tag === null ? !OUTPUT.test(inner) : !(CONDITION.test(tag) || LOOP.test(tag) || OTHER_TAG.test(tag))) {
      return null;
    }
    if (tag?.startsWith('for')) depth += 1;
    if (tag === 'endfor') depth -= 1;
    loopDepth = Math.max(loopDepth, depth);
    at = end + 2;
  }
  return loopDepth > MAX_LOOP_DEPTH ? null : { marks, loopDepth };
}

function nextMark(text: string, from: number): number {
  for (let at = text.indexOf('{', from); at !== -1; at = text.indexOf('{', at + 1)) {
    if (text[at + 1] === '{' || text[at + 1] === '%') return at;
  }
  return -1;
}

/** Characters that may be handled in this thread. About ten milliseconds. */
const MAX_COST = 1_000_000;
const MAX_NODES = 5_000;
/** What a mark costs besides the characters that it gives. */
const MARK_COST = 50;

/** A text, and what is rendered around it. */
export interface LightPart {
  readonly text: LightTemplate;
  readonly textCharacters: number;
  readonly layout: LightTemplate | null;
}

/** Whether templates that are light stay so with these variables. Data that is not JSON is not. */
export function isCheap(parts: readonly LightPart[], variables: unknown): boolean {
  const size = { nodes: 0, characters: 0 };
  if (!measure(variables, size, 0)) return false;
  const costOf = ({ marks, loopDepth }: LightTemplate, characters: number) =>
    marks * size.nodes ** loopDepth * (MARK_COST + characters);
  let cost = 0;
  for (const { text, textCharacters, layout } of parts) {
    const content = costOf(text, size.characters);
    cost += content;
    // A layout may repeat its content, which is at most this long.
    if (layout) cost += costOf(layout, size.characters + textCharacters + content);
  }
  return cost <= MAX_COST;
}

function measure(value: unknown, size: { nodes: number; characters: number }, depth: number): boolean {
  size.nodes += 1;
  if (size.nodes > MAX_NODES || depth > 50) return false;
  switch (typeof value) {
    case 'string':
      size.characters += value.length;
      return size.characters <= MAX_COST;
    case 'number':
    case 'boolean':
    case 'undefined':
      size.characters += 8;
      return true;
    case 'object': {
      if (value === null) return true;
      if (Array.isArray(value)) return value.every((item) => measure(item, size, depth + 1));
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) return false;
      return Object.entries(value).every(([key, item]) => {
        size.characters += key.length;
        return measure(item, size, depth + 1);
      });
    }
    default:
      return false;
  }
}
