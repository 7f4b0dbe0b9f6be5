import { Pointer } from 'rfc6902';
import type { PatchStep } from './layer-input.ts';

/** The library goes past these, whatever they are in the data. */
const UNREACHABLE: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const INDEX = /^(?:0|[1-9]\d*)$/;

/** What stands at a JSON Pointer: undefined for nothing. Keys of the data and elements of lists count, nothing else. */
export function valueAtPlace(document: unknown, pointer: string): unknown {
  return valueAt(document, tokensOf(pointer));
}

/** Why a step of a patch cannot be done where it is to be; null when it can. */
export function placeProblem(document: unknown, { op, path, from, value }: PatchStep): string | null {
  const [target, source] = [tokensOf(path), from == null ? null : tokensOf(from)];
  if ([...target, ...(source ?? [])].some((token) => UNREACHABLE.has(token))) {
    return 'keys called constructor, prototype or __proto__ are not reached by patches: use `mergePatch` or `data`';
  }
  const nothingAt = (pointer: string) => `there is nothing at ${JSON.stringify(pointer)} for ${op}`;
  const moved = source ? valueAt(document, source) : value;
  if (source && moved === undefined) return nothingAt(from ?? '');
  if (target.length === 0 && op !== 'TEST') {
    return op !== 'REMOVE' && isObject(moved) ? null : `${op} cannot be done at "": the data is an object as a whole`;
  }
  if (op === 'ADD' || op === 'MOVE' || op === 'COPY') {
    return canHold(valueAt(document, target.slice(0, -1)), target.at(-1))
      ? null
      : `${op} cannot be done at ${JSON.stringify(path)}`;
  }
  return valueAt(document, target) === undefined ? nothingAt(path) : null;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const tokensOf = (pointer: string): string[] => Pointer.fromJSON(pointer).tokens.slice(1);

function valueAt(document: unknown, tokens: readonly string[]): unknown {
  let at = document;
  for (const token of tokens) {
    if (typeof at !== 'object' || at === null) return undefined;
    const isThere = Object.hasOwn(at, token) && (!Array.isArray(at) || INDEX.test(token));
    at = isThere ? (at as Record<string, unknown>)[token] : undefined;
  }
  return at;
}

function canHold(parent: unknown, key: string | undefined): boolean {
  if (key === undefined || typeof parent !== 'object' || parent === null) return false;
  return !Array.isArray(parent) || key === '-' || (INDEX.test(key) && Number(key) <= parent.length);
}
