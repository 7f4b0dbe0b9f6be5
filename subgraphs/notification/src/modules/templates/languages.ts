/** A language tag in its usual spelling, e.g. `de-AT`; null for what is none. */
export function canonicalLanguage(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}

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
