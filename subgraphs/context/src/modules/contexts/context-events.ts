import type { NewEvent } from '@flowmesh/platform/events';
import type { ContextChange } from './context-record.ts';

/** Payload, version 1, of `context.updated`; the event's number in its stream is the version of the context. */
export interface ContextChangedPayload {
  /** Of `context`. */
  readonly contextId: string;
  readonly change: ContextChange;
  /** Of the context, after the change. */
  readonly version: number;
  /** The layer that was changed; null for changes of the context itself. */
  readonly layerId: string | null;
  /** The user who has changed it. */
  readonly authorId: string;
}

export const CONTEXT_UPDATED = 'context.updated';

export const streamOfContext = (id: string): string => `context:${id}`;

export const contextChanged = (payload: ContextChangedPayload, ownerId: string): NewEvent<ContextChangedPayload> => ({
  type: CONTEXT_UPDATED,
  version: 1,
  stream: streamOfContext(payload.contextId),
  streamSeq: payload.version,
  ownerId,
  payload,
});
