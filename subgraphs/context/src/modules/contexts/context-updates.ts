import { streamUpdates, updatesOfObject, type LiveCaller, type Message } from '@flowmesh/platform/events';
import { streamOfContext, type ContextChangedPayload } from './context-events.ts';
import type { ContextChange, ContextRecord } from './context-record.ts';
import type { ContextService } from './context-service.ts';

export type ContextUpdate = Message<{
  readonly change: ContextChange | null;
  readonly version: number;
  readonly layerId: string | null;
  readonly context: ContextRecord;
}>;

/**
 * A context as it changes. Who may see it is asked again with each change, and taking somebody's share away is one: so
 * their stream ends then.
 */
export function contextUpdates(
  caller: LiveCaller<{ readonly contexts: ContextService }>,
  id: string,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<ContextUpdate>> {
  const { services, viewer } = caller;
  const updates = updatesOfObject({
    stream: streamOfContext(id),
    find: async () => (await services.contexts.visible(viewer, [id]))[0] ?? null,
    missing: { argument: 'id', what: 'context' },
    seqOf: ({ version }) => version,
    hasEnded: () => false,
    show: (context: ContextRecord, event) => {
      const { change = null, layerId = null } = (event?.payload ?? {}) as Partial<ContextChangedPayload>;
      return { change, layerId, version: event?.streamSeq ?? context.version, context };
    },
  });
  return streamUpdates(caller, after, updates);
}
