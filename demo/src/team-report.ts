const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `trustBoundaries` → `Trust boundaries`. */
function heading(key: string): string {
  const words = key.replace(/([A-Z])/g, ' $1').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);

const indented = (text: string, by: string): string[] => text.split('\n').map((line) => `${by}${line}`.trimEnd());

function lines(value: unknown, by: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => bullet(item, by));
  if (isRecord(value)) return Object.entries(value).flatMap(([key, inner]) => field(key, inner, by));
  return indented(String(value), by);
}

/** The first values of a record stand beside each other, as its title. */
function bullet(item: unknown, by: string): string[] {
  const [first = '', ...rest] = isRecord(item)
    ? Object.entries(item).flatMap(([key, inner]) => field(key, inner, ''))
    : lines(item, '');
  return [`${by}- ${first}`, ...rest.map((line) => `${by}  ${line}`)];
}

function field(key: string, value: unknown, by: string): string[] {
  if (isEmpty(value)) return [];
  const isShort = !Array.isArray(value) && !isRecord(value) && !String(value).includes('\n');
  if (isShort) return [`${by}${heading(key)}: ${String(value)}`];
  return [`${by}${heading(key)}:`, ...lines(value, `${by}  `)];
}

/** The parts of a result for people to read; what is empty is left out. */
export function outline(parts: Record<string, unknown>): string[] {
  return Object.entries(parts).flatMap(([key, value]) =>
    isEmpty(value) ? [] : [heading(key), '', ...lines(value, '  '), ''],
  );
}
