import { z } from 'zod';

const PROBLEM = 'must be a language tag, e.g. de or de-AT';
const MAX_CHARACTERS = 35;
const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/**
 * A language tag (BCP 47) in its usual spelling, e.g. `de-AT` for `DE-at` or `deu-AT`; null for what is none. Languages of
 * two letters are those there are; of three, of which there are thousands, any is taken. Longer words, such as `deutsch`,
 * are no languages, though the grammar has room for them.
 */
export function canonicalLanguage(tag: string): string | null {
  if (tag.length > MAX_CHARACTERS) return null;
  try {
    const canonical = Intl.getCanonicalLocales(tag)[0] ?? null;
    const [language = ''] = canonical?.split('-') ?? [];
    return language.length === 3 || (language.length === 2 && names.of(language) !== undefined) ? canonical : null;
  } catch {
    return null;
  }
}

/** The same in the shape of an input. */
export const language = () =>
  z
    .string()
    .trim()
    .transform((text, context) => {
      const tag = canonicalLanguage(text);
      if (tag === null) context.issues.push({ code: 'custom', input: undefined, message: PROBLEM });
      return tag ?? text;
    });

/** The tag and what it falls back to: `de-AT-1996` → `de-AT-1996`, `de-AT`, `de` (RFC 4647, lookup). */
export function fallbacksOf(tag: string): string[] {
  const parts = tag.split('-');
  const fallbacks: string[] = [];
  while (parts.length > 0) {
    fallbacks.push(parts.join('-'));
    parts.pop();
    // A single letter begins an extension; it means nothing at the end.
    while ((parts.at(-1)?.length ?? 0) === 1) parts.pop();
  }
  return fallbacks;
}
