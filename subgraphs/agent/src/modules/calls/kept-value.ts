import { storableJson } from '@flowmesh/platform/validation';

/** Of an input or output that is kept. */
export const MOST_KEPT_CHARACTERS = 50_000;

export interface KeptValue {
  /** As JSON; null for nothing. */
  readonly json: string | null;
  readonly cut: boolean;
}

/** A value as it is stored: whole, or the beginning of its JSON as a text. */
export function keptValue(value: unknown): KeptValue {
  if (value === undefined) return { json: null, cut: false };
  const json = JSON.stringify(storableJson(value));
  if (json.length <= MOST_KEPT_CHARACTERS) return { json, cut: false };
  return { json: JSON.stringify(storableJson(json.slice(0, MOST_KEPT_CHARACTERS))), cut: true };
}
