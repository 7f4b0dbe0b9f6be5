/**
 * Domain events that steps can wait for, with what reading their objects needs. An execution is told of those that belong to
 * the user who started it, as subscriptions are.
 */
export const WAITABLE_EVENTS: Readonly<Record<string, string>> = {
  'agent.executed': 'agent:read',
  'context.updated': 'context:read',
  'integration.webhook.received': 'integration:read',
  'integration.degraded': 'integration:read',
  'notification.delivered': 'notification:read',
  'notification.failed': 'notification:read',
  'workflow.completed': 'workflow:read',
  'workflow.failed': 'workflow:read',
};

/** What of the starter's rights counts for events. */
export const EVENT_SCOPES: readonly string[] = [...new Set(Object.values(WAITABLE_EVENTS))];

export const isDomainEvent = (name: string): boolean => Object.hasOwn(WAITABLE_EVENTS, name);

/** Null for signals, which are sent to the execution itself. */
export const scopeOf = (name: string): string | null => (isDomainEvent(name) ? (WAITABLE_EVENTS[name] ?? null) : null);

/** Fields by which one event can be looked for. */
const MAX_KEYS = 100;

/** What waits for an event may ask of its payload: `<field>=<value>` for each plain field, and nothing. */
export function matchKeysOf(payload: unknown): string[] {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) return [''];
  const plain = Object.entries(payload).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return ['', ...plain.slice(0, MAX_KEYS).map(([field, value]) => `${field}=${String(value)}`)];
}
