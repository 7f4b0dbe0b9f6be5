/**
 * What to look for with `like` when a text is to be found anywhere, however its accents are written: texts of users are
 * kept as they came, composed or decomposed, while names are composed. `%`, `_` and `\` mean themselves.
 */
export function searchPatterns(search: string): string[] {
  return searchTexts(search).map((text) => `%${text}%`);
}

/** The same for Prisma, as conditions of which one must hold: the text is part of one of the fields, in any case. */
export function containedIn<Field extends string>(fields: readonly Field[], search: string) {
  return searchTexts(search).flatMap((contains) =>
    fields.map((field) => ({ [field]: { contains, mode: 'insensitive' as const } }) as Contained<Field>),
  );
}

type Contained<Field extends string> = Partial<Record<Field, { contains: string; mode: 'insensitive' }>>;

function searchTexts(search: string): string[] {
  const escaped = search.replace(/[\\%_]/g, '\\$&');
  return [...new Set([escaped.normalize('NFC'), escaped.normalize('NFD')])];
}
