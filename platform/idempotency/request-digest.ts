import { createHash } from 'node:crypto';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Digest of the input sent with an idempotency key, to distinguish a repeated request from a different one. The order of
 * keys is irrelevant; null is the same as left out.
 */
export function requestDigest(fields: Fields): string {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
  return createHash('sha256').update(JSON.stringify(given, inOrder)).digest('base64url');
}

/** Whether the key was used with a different input. Records stored without a digest count as the same. */
export const isAnotherRequest = (known: string | null, digest: string | null): boolean =>
  known !== null && digest !== null && known !== digest;

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
