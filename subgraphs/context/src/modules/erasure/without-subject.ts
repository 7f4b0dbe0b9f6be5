const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/**
 * JSON data without a person: values that are exactly their id become null, keys that are go with everything below them. The
 * data itself, unchanged, when it does not name them.
 */
export function withoutSubject<T>(data: T, subjectId: string): T {
  return cleaned(data, subjectId) as T;
}

function cleaned(value: unknown, subjectId: string): unknown {
  if (value === subjectId) return null;
  if (!isObject(value)) return value;
  if (Array.isArray(value)) {
    const elements = value.map((element) => cleaned(element, subjectId));
    return elements.every((element, index) => element === value[index]) ? value : elements;
  }
  const entries = Object.entries(value);
  const kept = entries
    .filter(([key]) => key !== subjectId)
    .map(([key, inner]) => [key, cleaned(inner, subjectId)] as const);
  const isSame = kept.length === entries.length && kept.every(([key, inner]) => inner === value[key]);
  return isSame ? value : Object.fromEntries(kept);
}
