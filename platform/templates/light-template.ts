import { LRUCache } from 'lru-cache';
import { charactersSize, MAX_WORK_HERE, sizeOf } from '../sandbox/index.ts';

// Which templates take so little time that they may be parsed and rendered in this thread. Decided by their text, before
// anything is parsed: whatever is not known to be light goes to the sandbox.

const MAX_CHARACTERS = 20_000;
const MAX_MARKS = 100;
/** Of all marks together: parsing time goes by these, hardly by the text between them. */
const MAX_MARK_CHARACTERS = 2_000;
const MAX_LOOP_DEPTH = 2;

const NAME = '[A-Za-z_][\\w-]*';
const PATH = `${NAME}(?:\\.${NAME}|\\[\\d{1,4}\\])*`;
const LITERAL = `(?:'[^']*'|"[^"]*"|-?\\d{1,9}(?:\\.\\d{1,9})?)`;
const VALUE = `(?:${LITERAL}|${PATH})`;
/** Each takes time in proportion to its input and arguments. */
const FILTERS =
  'append|prepend|upcase|downcase|capitalize|strip|lstrip|rstrip|default|size|first|last|plus|minus|times|divided_by|round|escape|raw|newline_to_br|url_encode|truncate';
/**
 * The library writes dates by the zone of the process, and shifts them; only in UTC, as in the sandbox, is that right at
 * every hour of the year.
 */
const DATES_ARE_LIGHT = ['UTC', 'Etc/UTC'].includes(new Intl.DateTimeFormat().resolvedOptions().timeZone);
/** Widths in formats are left out: they make texts of any length. */
const DATE = `date(?:\\s*:\\s*(?:'(?:[^%']|%[A-Za-z%])*'|"(?:[^%"]|%[A-Za-z%])*"))?`;
const FILTER = `(?:(?:${FILTERS})(?:\\s*:\\s*${VALUE}(?:\\s*,\\s*${VALUE})?)?|json${DATES_ARE_LIGHT ? `|${DATE}` : ''})`;
/** Looking for one text in another takes time in proportion to both, unless one is short. */
const SHORT = `(?:'[^']{0,32}'|"[^"]{0,32}"|\\d{1,9})`;
const COMPARISON = `${VALUE}(?:\\s*(?:==|!=|>=|<=|>|<)\\s*${VALUE}|\\s+contains\\s+${SHORT})?`;

const OUTPUT = new RegExp(`^-?\\s*${VALUE}(?:\\s*\\|\\s*${FILTER})*\\s*-?$`);
const CONDITION = new RegExp(`^(?:if|elsif|unless)\\s+${COMPARISON}(?:\\s+(?:and|or)\\s+${COMPARISON})*$`);
const LOOP = new RegExp(`^for\\s+${NAME}\\s+in\\s+${PATH}$`);
const OTHER_TAG = /^(?:else|endif|endunless|endfor)$/;

/** Give more than they get: how much the first of an output costs, and two; more are not light. */
const GROWING = new Set(['escape', 'url_encode', 'newline_to_br', 'json']);
const GROWTH = [1, 4, 40];
/** Give what they get and their argument. */
const JOINING = new Set(['append', 'prepend']);
/** In steps of work. */
const DATE_WORK = 100;

export interface LightTemplate {
  /** Of all outputs and tags: how often each handles what it reads, at most. */
  readonly steps: number;
  /** Besides, whatever they read. */
  readonly fixedWork: number;
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
  const total = { steps: 0, fixedWork: 0 };
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
    const work = workOfMark(inner);
    if (!work) return null;
    total.steps += work.steps;
    total.fixedWork += work.fixedWork;
    if (tag?.startsWith('for')) depth += 1;
    if (tag === 'endfor') depth -= 1;
    loopDepth = Math.max(loopDepth, depth);
    at = end + 2;
  }
  return loopDepth > MAX_LOOP_DEPTH ? null : { ...total, loopDepth };
}

/** Null when filters after one another would let a text grow without end. */
function workOfMark(inner: string): { readonly steps: number; readonly fixedWork: number } | null {
  const filters = [...inner.replace(/'[^']*'|"[^"]*"/g, '').matchAll(/\|\s*(\w+)/g)].map(([, name = '']) => name);
  const count = (kind: ReadonlySet<string>) => filters.filter((name) => kind.has(name)).length;
  const growth = GROWTH[count(GROWING)];
  if (growth === undefined) return null;
  return {
    steps: (filters.length + 1) * (count(JOINING) + 1) * growth,
    fixedWork: filters.filter((name) => name === 'date').length * DATE_WORK,
  };
}

function nextMark(text: string, from: number): number {
  for (let at = text.indexOf('{', from); at !== -1; at = text.indexOf('{', at + 1)) {
    if (text[at + 1] === '{' || text[at + 1] === '%') return at;
  }
  return -1;
}

/** What an output or tag costs besides handling what it reads. */
const MARK_SIZE = 2;

/** A text, and what is rendered around it. */
export interface LightPart {
  readonly text: LightTemplate;
  readonly textCharacters: number;
  readonly layout: LightTemplate | null;
}

/** How much work light templates are with these variables; Infinity for more than may be done in this thread. */
export function workOf(parts: readonly LightPart[], variables: unknown): number {
  const size = sizeOf(variables, MAX_WORK_HERE);
  if (size === Infinity) return Infinity;
  const costOf = ({ steps, fixedWork, loopDepth }: LightTemplate, given: number) =>
    (steps * (MARK_SIZE + given) + fixedWork) * size ** loopDepth;
  let work = 0;
  for (const { text, textCharacters, layout } of parts) {
    const content = costOf(text, size) + charactersSize(textCharacters) * size ** text.loopDepth;
    work += content;
    // A layout may repeat its content, which is at most this much.
    if (layout) work += costOf(layout, size + content);
  }
  return work > MAX_WORK_HERE ? Infinity : work;
}
