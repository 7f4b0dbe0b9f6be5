/** What PostgreSQL is to put around words it has found: characters that hardly a text holds, so that `**` of a text stays. */
export const FOUND = { start: '\u0001', stop: '\u0002' } as const;

/** Letters and digits, with `-` and `_` between them; found or not. */
const WORD = /[\p{L}\p{M}\p{N}\u0001\u0002]+(?:[-_\u0001\u0002]+[\p{L}\p{M}\p{N}\u0001\u0002]+)*/gu;
const MARKS = /[\u0001\u0002]/g;

/**
 * An excerpt with `**` around each whole word in which something was found. PostgreSQL marks the parts into which it takes words
 * apart, of an id or of `well-known` each for itself.
 */
export const highlighted = (excerpt: string): string =>
  excerpt
    .replace(WORD, (word) => (word.includes(FOUND.start) ? `**${word.replace(MARKS, '')}**` : word))
    .replace(MARKS, '');
