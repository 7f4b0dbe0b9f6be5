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

const QUOTED_OR_EXCLUDED = new RegExp(`(${QUOTED})|(?<![^${GAP}"])-[()&|!]*(?:"([^"]*)"?|([^${GAP}"]+))`, 'gu');

/** What is looked for in the words of a search, and what must not be there, for `websearch_to_tsquery`; null: nothing. */
export function wantedAndExcluded(words: string): { readonly wanted: string | null; readonly excluded: string | null } {
  const excluded: string[] = [];
  const wanted = words.replace(QUOTED_OR_EXCLUDED, (_all, quoted?: string, phrase?: string, word?: string) => {
    if (quoted !== undefined) return quoted;
    excluded.push(`"${phrase ?? word ?? ''}"`);
    return ' ';
  });
  return {
    wanted: /[\p{L}\p{N}]/u.test(wanted) ? wanted.trim() : null,
    excluded: excluded.length > 0 ? excluded.join(' or ') : null,
  };
}
