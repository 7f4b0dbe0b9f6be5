/** Where a secret goes: addresses, and the account there where the address alone does not say whose it is. */
export type Destination = readonly (string | number | null | undefined)[];

export interface SecretChange {
  /** Undefined: keep what there is. Null: remove it. */
  readonly given: string | null | undefined;
  /** What there was, if it was a text. */
  readonly before: unknown;
  /** Where it went; null when there was nothing. */
  readonly from: Destination | null;
  readonly to: Destination;
}

export interface KeptSecret {
  readonly value: string | undefined;
  /** For people; null when the change may be made. */
  readonly problem: string | null;
}

/**
 * The secret after a change of settings: the given one, otherwise the stored one, unless its destination has changed.
 * Otherwise somebody who may change the address could redirect the stored secret to their own server and read it.
 *
 * Used by all settings that store a secret together with an address.
 */
export function keptSecret({ given, before, from, to }: SecretChange): KeptSecret {
  if (given !== undefined) return { value: given ?? undefined, problem: null };
  if (typeof before !== 'string') return { value: undefined, problem: null };
  if (from !== null && isSameDestination(from, to)) return { value: before, problem: null };
  return { value: undefined, problem: 'must be given again, because it would go to another address or account' };
}

function isSameDestination(one: Destination, other: Destination): boolean {
  return one.length === other.length && one.every((part, index) => spelling(part) === spelling(other[index]));
}

/**
 * The same for spellings of one address that no server tells apart: case of the host, the usual port, slashes at the
 * end. Different paths are different places, as hosts are shared by many.
 */
function spelling(part: Destination[number]): string | number | null {
  if (typeof part !== 'string' || !/^https?:/i.test(part) || !URL.canParse(part)) return part ?? null;
  const { origin, pathname, search } = new URL(part);
  return `${origin}${pathname.replace(/\/+$/, '')}${search}`;
}
