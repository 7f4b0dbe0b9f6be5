/** PostgreSQL stores neither NUL nor half a surrogate pair: in JSON text they are written as escapes. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

const isUnstorable = (json: string | undefined): boolean => json !== undefined && UNSTORABLE.test(json);

/** Why a JSON value cannot be stored, or null. */
export function storageProblem(value: unknown): string | null {
  return isUnstorable(JSON.stringify(value))
    ? 'holds a NUL character or half a surrogate pair, which cannot be stored'
    : null;
}

/** A text of somebody else as it can be stored: each NUL and each half of a surrogate pair becomes U+FFFD. */
export const storableText = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD');

/** The same for all texts and keys of a JSON value, which is given back as it is if there is nothing to replace. */
export function storableJson(value: unknown): unknown {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) return null;
  return isUnstorable(json) ? repaired(JSON.parse(json)) : value;
}

function repaired(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(repaired);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storableText(key), repaired(inner)]));
}
