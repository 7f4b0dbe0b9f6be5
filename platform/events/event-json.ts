import type { StoredEvent } from './types.ts';

/** An event as buses keep it. */
export const encodeEvent = (event: StoredEvent): string => JSON.stringify(event);

type EncodedEvent = Omit<StoredEvent, 'occurredAt'> & { readonly occurredAt: string };

/** The event again, from the text of `encodeEvent` or from what a JSON column made of it. */
export function decodeEvent(encoded: unknown): StoredEvent {
  const event = (typeof encoded === 'string' ? JSON.parse(encoded) : encoded) as EncodedEvent;
  return { ...event, occurredAt: new Date(event.occurredAt) };
}
