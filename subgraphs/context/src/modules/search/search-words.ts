/** What may stand between words and means nothing: spaces (more of them than PostgreSQL knows) and operators that it skips. */
const GAP = String.raw`\s\p{Z}\p{C}()&|!`;

const QUOTED = '"[^"]*"?';
/** One `-` or several, with gaps in between, where a word may begin. */
const DASHES = `(?<![^${GAP}"])-(?:[-${GAP}]*-)?`;
/** Whether something to be excluded follows directly. */
const BEFORE_WORD = `(?=([()&|!]*[^${GAP}])?)`;

const QUOTED_OR_DASHES = new RegExp(`(${QUOTED})|${DASHES}${BEFORE_WORD}`, 'gu');

/**
 * The words of a search as `websearch_to_tsquery` is to get them: several `-` before a word exclude it as one does, and those before
 * nothing are left out, as they are in prose (`a - b`) and in rules (`-----`). PostgreSQL takes each for a negation of the next and
 * fails at 32 of them. What has no such dashes is given back as it is; what is in quotes always.
 */
export const searchWords = (text: string): string =>
  text.replace(QUOTED_OR_DASHES, (_all, quoted?: string, word?: string) => quoted ?? (word === undefined ? ' ' : '-'));
