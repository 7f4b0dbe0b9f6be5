import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import {
  liveStream,
  startOfStream,
  subscribeToStream,
  type EventBus,
  type EventLog,
  type StoredEvent,
} from '@flowmesh/platform/events';
import { EXECUTION_EVENT, executionStream, type ExecutionEventPayload } from './execution-events.ts';
import { hasEnded, type ExecutionRecord } from './execution-record.ts';
import type { ExecutionService } from './execution-service.ts';

export interface ExecutionUpdate {
  readonly cursor: string;
  readonly execution: ExecutionRecord;
  readonly outputDelta: string | null;
}

interface UpdateParts {
  readonly log: EventLog;
  readonly bus: EventBus;
  readonly executions: ExecutionService;
}

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
 * An execution as it changes, to its end. Without `after` a snapshot comes first; with it, exactly what happened behind
 * it. A text that is begun anew by another attempt shows as an `outputText` that is empty again.
 */
export async function executionUpdates(
  { log, bus, executions }: UpdateParts,
  viewer: Viewer,
  id: string,
  after: string | null,
  outer: AbortSignal | undefined,
): Promise<AsyncIterableIterator<ExecutionUpdate>> {
  const [snapshot] = await executions.visible(viewer, [id]);
  if (!snapshot) throw badInput('id', 'There is no such execution, or you may not see it.');
  const stream = executionStream(id);
  const afterSeq = await startOfStream({ log, stream, after, current: snapshot.streamSeq });
  return liveStream(outer, async function* (signal) {
    if (after === null) yield { cursor: String(afterSeq), execution: snapshot, outputDelta: null };
    if (hasEnded(snapshot.status) && snapshot.streamSeq <= afterSeq) return;
    for await (const event of subscribeToStream({ log, bus, stream, afterSeq, signal })) {
      const [row] = await executions.visible(viewer, [id]);
      if (!row) return;
      const { delta = null } = event.payload as ExecutionEventPayload;
      yield { cursor: String(event.streamSeq), execution: asOf(row, event), outputDelta: delta };
      if (event.type === EXECUTION_EVENT.executed) return;
    }
  });
}
