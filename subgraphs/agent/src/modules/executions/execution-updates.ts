import {
  streamUpdates,
  updatesOfObject,
  type LiveCaller,
  type Message,
  type StoredEvent,
} from '@flowmesh/platform/events';
import { executionStream, type ExecutionEventPayload } from './execution-events.ts';
import { hasEnded, type ExecutionRecord } from './execution-record.ts';
import type { ExecutionService } from './execution-service.ts';

export type ExecutionUpdate = Message<{
  readonly execution: ExecutionRecord;
  readonly outputDelta: string | null;
}>;

/** The row may be further on than the event: what came later is not shown yet. */
function asOf(row: ExecutionRecord, { payload, streamSeq }: StoredEvent): ExecutionRecord {
  const { status, attempts, textLength } = payload as ExecutionEventPayload;
  const ended = hasEnded(status);
  const sameAttempt = row.attempts === attempts || ended;
  return {
    ...row,
    status,
    attempts,
    streamSeq: streamSeq ?? row.streamSeq,
    outputText: sameAttempt && textLength > 0 ? (row.outputText?.slice(0, textLength) ?? null) : null,
    ...(ended ? {} : { output: null, usage: null, completedAt: null }),
    ...(status === 'QUEUED' || ended ? {} : { error: null }),
  };
}

/**
 * An execution as it changes, to its end. A text that is begun anew by another attempt shows as an `outputText` that is
 * empty again.
 */
export function executionUpdates(
  caller: LiveCaller<{ readonly executions: ExecutionService }>,
  id: string,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<ExecutionUpdate>> {
  const updates = updatesOfObject({
    stream: executionStream(id),
    find: async () => (await caller.services.executions.visible(caller.viewer, [id]))[0] ?? null,
    missing: { argument: 'id', what: 'execution' },
    seqOf: ({ streamSeq }) => streamSeq,
    hasEnded: ({ status }) => hasEnded(status),
    show: (row, event) => ({
      execution: event ? asOf(row, event) : row,
      outputDelta: (event?.payload as ExecutionEventPayload | undefined)?.delta ?? null,
    }),
  });
  return streamUpdates(caller, after, updates);
}
