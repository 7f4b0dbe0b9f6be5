/** Fields by which one event can be looked for. */
const MAX_KEYS = 100;

/** What waits for an event may ask of its payload: `<field>=<value>` for each plain field, and nothing. */
export function matchKeysOf(payload: unknown): string[] {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) return [''];
  const plain = Object.entries(payload).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return ['', ...plain.slice(0, MAX_KEYS).map(([field, value]) => `${field}=${String(value)}`)];
}
