import type { JsonObject } from '../contexts/context-record.ts';

/** So much of a layer's text is searched, in characters. */
const MAX_SEARCHED = 256 * 1024;

const mayHoldText = (value: unknown): boolean => typeof value === 'string' || typeof value === 'object';

/** The texts and keys of the data, one a line. */
export function searchTextOf(data: JsonObject): string {
  const lines: string[] = [];
  let length = 0;
  const visit = (value: unknown): void => {
    if (length >= MAX_SEARCHED) return;
    if (typeof value === 'string') {
      lines.push(value.slice(0, MAX_SEARCHED - length));
      length += value.length + 1;
    } else if (Array.isArray(value)) {
      for (const inner of value) if (mayHoldText(inner)) visit(inner);
    } else if (typeof value === 'object' && value !== null) {
      for (const key of Object.keys(value)) {
        visit(key);
        visit((value as JsonObject)[key]);
      }
    }
  };
  visit(data);
  return lines.join('\n');
}
