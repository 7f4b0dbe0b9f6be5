import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import { liveStream, startOfStream, subscribeToStream, type EventBus, type EventLog } from '@flowmesh/platform/events';
import { eventNameOf, streamOf, type ExecutionEventPayload } from '../engine/execution-events.ts';
import { isExecutionEnded } from '../engine/execution-state.ts';
import type { TurnEvent } from '../engine/turn.ts';
import type { ExecutionRecord } from '../execution-record.ts';
import type { ExecutionService } from '../execution-service.ts';
import type { ExecutionSnapshots } from './execution-snapshots.ts';

export interface ExecutionUpdate {
  readonly cursor: string;
  readonly type: TurnEvent['type'] | null;
  readonly stepId: string | null;
  readonly occurredAt: Date;
  readonly execution: ExecutionRecord;
}

export interface LiveParts {
  readonly log: EventLog;
  readonly bus: EventBus;
  readonly executions: ExecutionService;
  readonly snapshots: ExecutionSnapshots;
}

/**
 * An execution to its end: a snapshot first, or behind `after` just what follows it; then one message for each event,
 * in order, none left out.
 */
export async function executionUpdates(
  { log, bus, executions, snapshots }: LiveParts,
  viewer: Viewer,
  id: string,
  after: string | null,
  outer: AbortSignal | undefined,
): Promise<AsyncIterableIterator<ExecutionUpdate>> {
  const missing = () => badInput('id', 'There is no such execution, or you may not see it.');
  const [found] = await executions.visible(viewer, [id]);
  if (!found) throw missing();
  const snapshot = await snapshots.atLeast(id, found.eventSeq);
  if (!snapshot) throw missing();
  const stream = streamOf(id);
  const afterSeq = await startOfStream({ log, stream, after, current: snapshot.eventSeq });
  return liveStream(outer, async function* (signal) {
    let state: ExecutionRecord | null = snapshot;
    if (after === null) {
      yield { cursor: String(afterSeq), type: null, stepId: null, occurredAt: new Date(), execution: state };
    }
    if (isExecutionEnded(state.status) && state.eventSeq === afterSeq) return;
    for await (const event of subscribeToStream({ log, bus, stream, afterSeq, signal })) {
      const seq = event.streamSeq ?? 0;
      state = await snapshots.atLeast(id, seq);
      // Deleted with its workflow.
      if (!state) return;
      const { stepId = null } = event.payload as ExecutionEventPayload;
      const type = eventNameOf(event.type) ?? null;
      yield { cursor: String(seq), type, stepId, occurredAt: event.occurredAt, execution: state };
      // An execution that has ended may have been run again since: then there is more to come.
      if (isExecutionEnded(state.status) && state.eventSeq <= seq) return;
    }
  });
}
