const MAX_TEXT = 500;
const MAX_BYTES = 4_096;
const MAX_DEPTH = 5;
const SECRET = /password|secret|token|authorization|cookie|credential|otp|backup_?code|(^|_)key$|api_?key$/i;

/** Text that PostgreSQL can store: other characters become U+FFFD, long texts are truncated. */
export function storableText(text: string, max: number): string {
  const plain = text.replaceAll('\0', '\uFFFD');
  return (plain.length > max ? `${plain.slice(0, max - 1)}…` : plain).replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** Details of an entry in a form that can always be stored: no input of an attacker may prevent an entry. */
export function storableDetails(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const clean = storableObject(details, MAX_DEPTH);
  return Buffer.byteLength(JSON.stringify(clean)) <= MAX_BYTES ? clean : { omitted: 'The details were too long.' };
}

function storableObject(object: object, depthLeft: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      storableText(key, MAX_TEXT),
      SECRET.test(key) && typeof value === 'string' ? '•••' : storableValue(value, depthLeft),
    ]),
  );
}

function storableValue(value: unknown, depthLeft: number): unknown {
  if (typeof value === 'string') return storableText(value, MAX_TEXT);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null || depthLeft === 0) return null;
  if (Array.isArray(value)) return value.map((item) => storableValue(item, depthLeft - 1));
  return storableObject(value, depthLeft - 1);
}
