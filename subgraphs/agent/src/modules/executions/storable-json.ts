/** PostgreSQL's JSON has no NUL, and its text neither; half surrogate pairs become U+FFFD. */
export function storableText(text: string): string {
  return Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8');
}

/** A copy that can be stored as `jsonb`; what is not JSON is left out, as in `JSON.stringify`. */
export function storableJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return storableText(inner);
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, child]) => [storableText(key), child]));
  });
  return text === undefined ? null : (JSON.parse(text) as unknown);
}
