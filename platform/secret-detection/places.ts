import { nameWithin } from './secret-names.ts';

/** A text in JSON data in which a secret may be. */
export interface Place {
  /** Like `config.keys[2]`; that of the object for a key of an object. */
  readonly path: string;
  /** What the data calls it: its key, also through lists, or that of what holds it; '' for a key. */
  readonly name: string;
  text: string;
  /** Puts another text in its place; null for keys, which cannot be replaced. */
  readonly replace: ((text: string) => void) | null;
}

type Parent = Record<string | number, unknown>;

/** Numbers of payment cards have 15 or 16 digits where they are stored as numbers; shorter ones are ids and times. */
const SMALLEST_CARD = 1e14;

/** Calls `visit` with every text of the data, every key, and every number long enough for a payment card. */
export function visitPlaces(path: string, data: unknown, visit: (place: Place) => void): void {
  visitValue(path, { data }, 'data', '', visit);
}

function visitValue(path: string, parent: Parent, key: string | number, name: string, visit: (place: Place) => void) {
  const value = parent[key];
  const replace = (text: string) => void (parent[key] = text);
  if (typeof value === 'string') visit({ path, name, text: value, replace });
  if (Number.isSafeInteger(value) && (value as number) >= SMALLEST_CARD) {
    visit({ path, name: '', text: String(value), replace });
  }
  if (typeof value !== 'object' || value === null) return;
  const inner = value as Parent;
  if (Array.isArray(value)) {
    // A list may have a million of them: paths are put together only for those that are looked at.
    for (let index = 0; index < value.length; index++) {
      if (mayHoldPlaces(value[index])) visitValue(`${path}[${index}]`, inner, index, name, visit);
    }
    return;
  }
  for (const innerKey of Object.keys(inner)) {
    visit({ path, name: '', text: innerKey, replace: null });
    visitValue(`${path}.${innerKey}`, inner, innerKey, nameWithin(name, nameOf(inner, innerKey)), visit);
  }
}

const mayHoldPlaces = (value: unknown): boolean =>
  typeof value === 'string' ||
  (typeof value === 'object' && value !== null) ||
  (typeof value === 'number' && value >= SMALLEST_CARD);

/** The key; of a `value` with its name beside it (headers, variables, steps of a JSON Patch), that name. */
function nameOf(object: Parent, key: string): string {
  if (key !== 'value') return key;
  for (const beside of [object['name'], object['key']]) if (typeof beside === 'string') return beside;
  const { path } = object;
  if (typeof path !== 'string') return key;
  return path.split('/').findLast((segment) => !/^(?:\d+|-)$/.test(segment)) ?? key;
}
