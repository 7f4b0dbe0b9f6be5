import { setImmediate as nextTurn } from 'node:timers/promises';
import { sizeOf } from './data-size.ts';
import { SandboxError } from './sandbox-error.ts';

/** Less is written in one go: about a millisecond. */
const SMALL = 20_000;
/** How long the event loop is held at most before others get a turn. */
const SLICE_MS = 5;
/** Values between two looks at the clock. */
const VALUES_PER_LOOK = 500;
/** Of a longer text, so much is written in one go. */
const LONG_TEXT = 262_144;
/** Of the JSON text. */
const MAX_CHARACTERS = 16 * 1_048_576;

/** JSON text of `value` as `JSON.stringify` writes it, in pieces. Much of it is written in slices of a few milliseconds. */
export async function toJsonPieces(value: object): Promise<Buffer[]> {
  if (sizeOf(value, SMALL) <= SMALL) return [Buffer.from(JSON.stringify(value))];
  const pieces: Buffer[] = [];
  let text = '';
  let characters = 0;
  let values = 0;
  let begun = performance.now();
  for (const token of tokensOf(value)) {
    text += token;
    characters += token.length;
    values += 1;
    if (characters > MAX_CHARACTERS) throw new SandboxError('MEMORY', 'needs more than 16 MB of data');
    const isDue = values % VALUES_PER_LOOK === 0 || token.length > LONG_TEXT;
    if (!isDue || performance.now() - begun < SLICE_MS) continue;
    pieces.push(Buffer.from(text));
    text = '';
    await nextTurn();
    begun = performance.now();
  }
  pieces.push(Buffer.from(text));
  return pieces;
}

interface Open {
  readonly end: string;
  readonly items: Iterator<readonly [key: string | number, value: unknown]>;
  isFirst: boolean;
}

/** The text, value by value, without recursion. */
function* tokensOf(root: object): Generator<string> {
  const open: Open[] = [];
  const begin = (value: object): string => {
    const isList = Array.isArray(value);
    const items = isList ? value.entries() : Object.entries(value)[Symbol.iterator]();
    open.push({ end: isList ? ']' : '}', items, isFirst: true });
    return isList ? '[' : '{';
  };
  yield begin(root);
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const next = top.items.next();
    if (next.done) {
      yield top.end;
      open.pop();
      continue;
    }
    const [key, value] = next.value;
    const item = plainValue(value, String(key));
    const isList = top.end === ']';
    if (item === undefined && !isList) continue;
    const before = (top.isFirst ? '' : ',') + (isList ? '' : `${JSON.stringify(key)}:`);
    top.isFirst = false;
    if (typeof item === 'object' && item !== null) yield before + begin(item);
    else if (typeof item === 'string' && item.length > LONG_TEXT) {
      yield before;
      yield* longText(item);
    } else yield before + (JSON.stringify(item) ?? 'null');
  }
}

/** A text, part by part; both halves of a surrogate pair are in one part. */
function* longText(text: string): Generator<string> {
  yield '"';
  for (let at = 0, end; at < text.length; at = end) {
    end = at + LONG_TEXT;
    if (/[\ud800-\udbff]/.test(text.charAt(end - 1))) end += 1;
    yield JSON.stringify(text.slice(at, end)).slice(1, -1);
  }
  yield '"';
}

/** What stands for a value in JSON; undefined for nothing. */
function plainValue(value: unknown, key: string): unknown {
  const toJson = (value as { toJSON?: unknown } | null | undefined)?.toJSON;
  const given: unknown = typeof toJson === 'function' ? (toJson.call(value, key) as unknown) : value;
  return typeof given === 'function' || typeof given === 'symbol' ? undefined : given;
}
