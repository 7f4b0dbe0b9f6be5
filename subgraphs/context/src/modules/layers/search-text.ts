import type { JsonObject } from '../contexts/context-record.ts';

/** So much of a layer's text is searched, in characters. */
const MAX_SEARCHED = 256 * 1024;

/** The texts and keys of the data, one a line. */
export function searchTextOf(data: JsonObject): string {
  const lines: string[] = [];
  let length = 0;
  const visit = (value: unknown): void => {
    if (length >= MAX_SEARCHED) return;
    if (typeof value === 'string') {
      lines.push(value.slice(0, MAX_SEARCHED - length));
      length += value.length + 1;
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (!Array.isArray(value)) visit(key);
        visit(inner);
      }
    }
  };
  visit(data);
  return lines.join('\n');
}
