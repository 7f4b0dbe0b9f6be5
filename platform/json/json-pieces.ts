import { inSlices } from '../turns/index.ts';
import { sizeOf } from './data-size.ts';

/** Less is written in one go: about a millisecond. */
const SMALL = 20_000;
/** Within large data, values of this size are written in one go. */
const TINY = 200;
/** Of a longer text, so much is written in one go. */
const LONG_TEXT = 262_144;
/** Characters of text that take about as long as a value. */
const CHARACTERS_PER_VALUE = 100;
/** Of a piece: joining more takes as long as a slice. */
const PIECE_CHARACTERS = 1_048_576;

/**
 * JSON text of `value` as `JSON.stringify` writes it, in pieces. Much of it is written in slices of a few milliseconds.
 * Undefined when it has more than `most` characters.
 */
export async function toJsonPieces(value: object, most: number): Promise<Buffer[] | undefined> {
  if (sizeOf(value, SMALL) <= SMALL) {
    const text = JSON.stringify(value);
    return text.length <= most ? [Buffer.from(text)] : undefined;
  }
  return inSlices(function* (slice) {
    const pieces: Buffer[] = [];
    let text = '';
    let characters = 0;
    for (const token of tokensOf(value)) {
      text += token;
      characters += token.length;
      if (characters > most) return undefined;
      if (text.length > PIECE_CHARACTERS) {
        pieces.push(Buffer.from(text));
        text = '';
      }
      if (slice.isOver(1 + token.length / CHARACTERS_PER_VALUE)) yield;
    }
    pieces.push(Buffer.from(text));
    return pieces;
  });
}

/** The same as one, for data whose size is bounded. */
export async function toJsonBuffer(value: object): Promise<Buffer> {
  const [first, ...others] = (await toJsonPieces(value, Infinity)) ?? [];
  return first && others.length === 0 ? first : Buffer.concat(first ? [first, ...others] : []);
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
    open.push({ end: isList ? ']' : '}', items: isList ? value.entries() : entriesOf(value), isFirst: true });
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
    const item = plainValue(value, key);
    const isList = top.end === ']';
    if (item === undefined && !isList) continue;
    const before = (top.isFirst ? '' : ',') + (isList ? '' : `${JSON.stringify(key)}:`);
    top.isFirst = false;
    if (typeof item === 'object' && item !== null && sizeOf(item, TINY) > TINY) yield before + begin(item);
    else if (typeof item === 'string' && item.length > LONG_TEXT) {
      yield before;
      yield* longText(item);
    } else yield before + (JSON.stringify(item) ?? 'null');
  }
}

function* entriesOf(value: object): Generator<[string, unknown]> {
  for (const key of Object.keys(value)) yield [key, (value as Record<string, unknown>)[key]];
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
function plainValue(value: unknown, key: string | number): unknown {
  const toJson = (value as { toJSON?: unknown } | null | undefined)?.toJSON;
  const given: unknown = typeof toJson === 'function' ? (toJson.call(value, String(key)) as unknown) : value;
  return typeof given === 'function' || typeof given === 'symbol' ? undefined : given;
}
