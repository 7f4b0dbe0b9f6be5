/** Number of characters that cost as much as one value: copying text is fast, values are handled one by one. */
const CHARACTERS_PER_VALUE = 32;
/** Deeper data is taken for large: few functions of any library stand much more. */
const MAX_DEPTH = 100;

export const charactersSize = (characters: number): number => characters / CHARACTERS_PER_VALUE;

/**
 * Cost of processing JSON data once: the number of its values, plus one for every 32 characters of texts and keys. Infinity
 * when it exceeds `limit` (counting stops there), when the data is nested more than 100 deep, or when it is not JSON data.
 */
export function sizeOf(data: unknown, limit: number): number {
  const rest: { readonly value: unknown; readonly depth: number }[] = [{ value: data, depth: 0 }];
  let size = 0;
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { value, depth } = next;
    size += 1;
    if (typeof value === 'string') size += charactersSize(value.length);
    else if (typeof value === 'object' && value !== null) {
      if (depth === MAX_DEPTH || !isPlain(value)) return Infinity;
      const isList = Array.isArray(value);
      const keys = isList ? [] : Object.keys(value);
      for (const key of keys) size += charactersSize(key.length);
      const items = isList ? (value as unknown[]) : Object.values(value);
      if (size + rest.length + items.length > limit) return Infinity;
      for (const item of items) rest.push({ value: item, depth: depth + 1 });
    } else if (typeof value === 'function' || typeof value === 'bigint' || typeof value === 'symbol') return Infinity;
    if (size > limit) return Infinity;
  }
  return size;
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}
