import { createHash } from 'node:crypto';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Digest of the input sent with an idempotency key, to distinguish a repeated request from a different one. The order of
 * keys is irrelevant; null is the same as left out.
 */
export function requestDigest(fields: Fields): string {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
  return createHash('sha256')
    .update(JSON.stringify(inOrder(given)))
    .digest('base64url');
}

/** Whether the key was used with a different input. Records stored without a digest count as the same. */
export const isAnotherRequest = (known: string | null, digest: string | null): boolean =>
  known !== null && digest !== null && known !== digest;

/** The same value with the keys of its objects in order; what is no JSON itself, as a Date, stays. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return hasObjects(value) ? value.map(inOrder) : value;
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  const fields = value as Fields;
  return Object.fromEntries(
    Object.keys(fields)
      .sort()
      .map((key) => [key, inOrder(fields[key])]),
  );
}

const hasObjects = (list: readonly unknown[]): boolean => list.some((item) => typeof item === 'object');
