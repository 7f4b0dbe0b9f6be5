/** PostgreSQL stores neither NUL nor half a surrogate pair in JSON. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Why a JSON value cannot be stored, or null. */
export function storageProblem(value: unknown): string | null {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined || !UNSTORABLE.test(json)) return null;
  return 'holds a NUL character or half a surrogate pair, which cannot be stored';
}

/** What people are told, as it can be stored: what PostgreSQL cannot hold is replaced. */
export const storableText = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD');
