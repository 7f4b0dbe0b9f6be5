import { isUtf8 } from 'node:buffer';
import { formatPath } from '../validation/index.ts';
import { inexactNumber } from './exact-number.ts';
import { pathTo, scanJson, type JsonTextLimits } from './scan.ts';

export interface JsonProblem {
  /** SYNTAX: not JSON. DEPTH, VALUES: beyond the limits. NUMBER: a number that would become another. */
  readonly code: 'SYNTAX' | 'DEPTH' | 'VALUES' | 'NUMBER';
  /** A sentence without its full stop, for the sender; it begins with the path where there is one. */
  readonly message: string;
  /** Where: keys and indices from the outside in. Only with DEPTH and NUMBER. */
  readonly path?: readonly (string | number)[];
}

export type ReadJson =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: JsonProblem };

/** Enough for any ordinary request: inputs are nested at most 64 deep below their variables. */
export const JSON_TEXT_LIMITS: JsonTextLimits = { maxDepth: 100, maxValues: 200_000 };

/** A path in a message is cut after so many steps. */
const SHOWN_STEPS = 12;

/**
 * Parses JSON like `JSON.parse` (of duplicate keys, the last one counts), but first scans the text: depth and number of
 * values are limited, and numbers that JavaScript cannot represent are refused instead of changed. The scan takes about
 * 10 ms per megabyte. Never throws.
 */
export function readJson(text: Buffer | string, limits: JsonTextLimits = JSON_TEXT_LIMITS): ReadJson {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const { excess, number } = scanJson(bytes, limits);
  if (excess?.kind === 'DEPTH') {
    const message = `is nested more than ${limits.maxDepth} deep`;
    return refused('DEPTH', message);
  }
  if (excess) return refused('VALUES', `has more than ${limits.maxValues.toLocaleString('en')} values`);
  let value: unknown;
  try {
    if (bytes === text && !isUtf8(bytes)) return refused('SYNTAX', 'is not valid UTF-8');
    value = JSON.parse(typeof text === 'string' ? text : bytes.toString('utf8'));
  } catch (error) {
    return refused('SYNTAX', `is not valid JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  if (!number) return { ok: true, value };
  const path = pathTo(bytes, number.at);
  const shown = formatPath(path.slice(0, SHOWN_STEPS)) + (path.length > SHOWN_STEPS ? '…' : '');
  const message = inexactNumber(number.text);
  return refused('NUMBER', shown ? `${shown}: ${message}` : message, path);
}

/**
 * Whether `readJson` would find nothing wrong with the text but its syntax. For texts that somebody else parses: it
 * takes a third of the time.
 */
export function isWithinLimits(bytes: Buffer, limits: JsonTextLimits = JSON_TEXT_LIMITS): boolean {
  const { excess, number } = scanJson(bytes, limits);
  return !excess && !number;
}

function refused(code: JsonProblem['code'], message: string, path?: JsonProblem['path']): ReadJson {
  return { ok: false, problem: { code, message, ...(path ? { path } : {}) } };
}
