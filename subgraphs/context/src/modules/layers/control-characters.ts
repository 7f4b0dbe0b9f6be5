import { turn } from '@flowmesh/platform/turns';

/** C0 but tab and line breaks, DEL, and C1: they show nothing, and move the cursor of whoever reads them in a terminal. */
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;
const EACH_CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;
/** What Unicode has for a character that cannot be shown. */
const REPLACEMENT = '\ufffd';
const MOST_FOUND = 100;

/** A text with control characters in JSON data. */
export interface FoundControl {
  /** Like `data.list[2]`; that of its object for a key. */
  readonly path: string;
  readonly character: string;
  /** In a key of an object, which cannot be replaced. */
  readonly inKey: boolean;
}

/** The first 100 texts and keys of the data with control characters. */
export async function findControls(path: string, data: unknown): Promise<FoundControl[]> {
  await turn();
  const found: FoundControl[] = [];
  const look = (text: string, at: string, inKey: boolean) => {
    const [character] = CONTROLS.exec(text) ?? [];
    if (character !== undefined && found.length < MOST_FOUND) found.push({ path: at, character, inKey });
  };
  const visit = (value: unknown, at: string): void => {
    if (typeof value === 'string') look(value, at, false);
    else if (Array.isArray(value)) {
      // A list may have a million of them: paths are put together only for those that are looked at.
      for (let index = 0; index < value.length; index += 1) {
        const inner: unknown = value[index];
        if (mayHoldText(inner)) visit(inner, `${at}[${index}]`);
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const key of Object.keys(value)) {
        look(key, at, true);
        const inner = (value as Record<string, unknown>)[key];
        if (mayHoldText(inner)) visit(inner, `${at}.${key}`);
      }
    }
  };
  visit(data, path);
  return found;
}

/** A copy of the data with U+FFFD for each control character in its texts. */
export function withoutControls<T>(data: T): T {
  if (typeof data === 'string') return data.replace(EACH_CONTROL, REPLACEMENT) as T;
  if (Array.isArray(data)) return data.map(withoutControls) as T;
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, withoutControls(value as unknown)])) as T;
}

/** `U+001B`. */
export const codeOf = (character: string): string =>
  `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

const mayHoldText = (value: unknown): boolean => typeof value === 'string' || typeof value === 'object';
