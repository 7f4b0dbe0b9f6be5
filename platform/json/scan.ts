import { isKeptExactly } from './exact-number.ts';

export interface JsonTextLimits {
  /** Arrays and objects within one another at most; 1 allows `[1]` and not `[[1]]`. */
  readonly maxDepth: number;
  /** Values at most: texts, numbers, literals, arrays and objects; keys do not count. */
  readonly maxValues: number;
}

/** What one pass over the bytes tells of a text, which need not be JSON. */
export interface Scan {
  /** The first excess, where the pass ended. */
  readonly excess?: { readonly kind: 'DEPTH' | 'VALUES'; readonly at: number };
  /** The first number that JavaScript cannot hold; `at` is its first byte. */
  readonly number?: { readonly text: string; readonly at: number };
}

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** A number of so many characters is held exactly, whatever it is, with an exponent of at most two digits. */
const SHORT_NUMBER = 15;
const SHORT_EXPONENT = 3;

const CAPITAL_E = 0x45;
const SMALL_E = 0x65;
/** The bit in which a small letter differs from its capital. */
const LETTER_CASE = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const LETTER_A = 0x61;
const LETTER_Z = 0x7a;

const isDigit = (byte: number) => byte >= DIGIT_0 && byte <= DIGIT_9;
const isLetter = (byte: number) => byte >= LETTER_A && byte <= LETTER_Z;
/** Digits, `.`, signs and exponents. */
const isNumberByte = (byte: number) =>
  isDigit(byte) || (byte >= PLUS && byte <= POINT && byte !== COMMA) || byte === SMALL_E || byte === CAPITAL_E;

/** The byte behind the text that begins (with its quote) at `start`. */
function endOfText(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) at++;
  }
  return bytes.length;
}

function endOfWord(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && isLetter(bytes[at] as number)) at++;
  return at;
}

/** Looks at depth, number of values and numbers, in one pass and without building anything. */
export function scanJson(bytes: Buffer, { maxDepth, maxValues }: JsonTextLimits): Scan {
  let depth = 0;
  let values = 0;
  let number: Scan['number'];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      values += 1;
      at = endOfText(bytes, start);
    } else if (byte === COLON) {
      // What was counted before it was a key.
      values -= 1;
      at += 1;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      values += 1;
      depth += 1;
      at += 1;
      if (depth > maxDepth) return { excess: { kind: 'DEPTH', at: start } };
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      depth -= 1;
      at += 1;
    } else if (byte === MINUS || isDigit(byte)) {
      values += 1;
      let exponent = Infinity;
      for (at += 1; at < bytes.length && isNumberByte(bytes[at] as number); at++) {
        if (((bytes[at] as number) | LETTER_CASE) === SMALL_E) exponent = at;
      }
      if (at - start > SHORT_NUMBER || at - exponent > SHORT_EXPONENT) number ??= numberProblem(bytes, start, at);
    } else if (isLetter(byte)) {
      values += 1;
      at = endOfWord(bytes, start);
    } else at += 1;
    // A key is counted until its colon.
    if (values > maxValues + 1) return { excess: { kind: 'VALUES', at: start } };
  }
  if (values > maxValues) return { excess: { kind: 'VALUES', at: bytes.length } };
  return number ? { number } : {};
}

function numberProblem(bytes: Buffer, start: number, end: number): Scan['number'] {
  const text = bytes.toString('latin1', start, end);
  return isKeptExactly(text) ? undefined : { text, at: start };
}

type Step = { key: string } | { index: number };

/** Keys and indices that lead to the byte `target` of a JSON text. */
export function pathTo(bytes: Buffer, target: number): (string | number)[] {
  const path: Step[] = [];
  let lastText = '';
  let at = 0;
  while (at < target) {
    const start = at;
    const byte = bytes[at];
    const here = path.at(-1);
    at = byte === QUOTE ? endOfText(bytes, start) : start + 1;
    if (byte === QUOTE) lastText = bytes.toString('utf8', start, at);
    else if (byte === OPEN_ARRAY) path.push({ index: 0 });
    else if (byte === OPEN_OBJECT) path.push({ key: '' });
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) path.pop();
    else if (byte === COMMA && here && 'index' in here) here.index += 1;
    else if (byte === COLON && here && 'key' in here) here.key = lastText;
  }
  return path.map((step) => ('index' in step ? step.index : (JSON.parse(step.key) as string)));
}
