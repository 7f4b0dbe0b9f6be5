import { createHash } from 'node:crypto';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Stands for what was asked under an idempotency key, to tell a repetition from another request. The order of keys does
 * not matter; a field that is null is one that was left out.
 */
export function requestDigest(fields: Fields): string {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
  return createHash('sha256').update(JSON.stringify(given, inOrder)).digest('base64url');
}

/** Whether the key was used for something else. What was stored without a digest is taken for the same. */
export const isAnotherRequest = (known: string | null, digest: string | null): boolean =>
  known !== null && digest !== null && known !== digest;

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
