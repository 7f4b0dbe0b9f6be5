import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import { liveStream, subscribeToStream, type EventBus, type EventLog } from '@flowmesh/platform/events';
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

function numberOf(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor)) throw badInput('after', 'is not a cursor of this subscription.');
  return Number(cursor);
}

/**
 * An execution to its end: a snapshot first, or behind `after` just what follows it; then one message for each event,
 * in order, none left out.
 */
export function executionUpdates(
  { log, bus, executions, snapshots }: LiveParts,
  viewer: Viewer,
  id: string,
  after: string | null,
  outer: AbortSignal | undefined,
): AsyncIterableIterator<ExecutionUpdate> {
  const given = after === null ? null : numberOf(after);
  return liveStream(outer, async function* (signal) {
    const [found] = await executions.visible(viewer, [id]);
    if (!found) throw badInput('id', 'There is no such execution, or you may not see it.');
    let state = await snapshots.atLeast(id, found.eventSeq);
    if (!state) return;
    const afterSeq = given ?? state.eventSeq;
    if (given === null) {
      yield { cursor: String(afterSeq), type: null, stepId: null, occurredAt: new Date(), execution: state };
    }
    if (isExecutionEnded(state.status) && state.eventSeq === afterSeq) return;
    for await (const event of subscribeToStream({ log, bus, stream: streamOf(id), afterSeq, signal })) {
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
