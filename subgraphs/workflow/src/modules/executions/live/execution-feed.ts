import type { Viewer } from '@flowmesh/platform/access';
import { liveStream, startOfLog, subscribeToLog } from '@flowmesh/platform/events';
import { visibleOwner } from '../../workflows/workflow-access.ts';
import {
  EXECUTION_EVENT_TYPES,
  eventNameOf,
  eventTypeOf,
  type ExecutionEventPayload,
} from '../engine/execution-events.ts';
import type { TurnEvent } from '../engine/turn.ts';
import type { ExecutionRecord } from '../execution-record.ts';
import type { LiveParts } from './execution-updates.ts';

export interface ExecutionFeedFilter {
  readonly workflowId?: string | null;
  readonly types?: readonly TurnEvent['type'][] | null;
}

/** The first one is a marker, which has a cursor only. */
export interface ExecutionFeedEvent {
  readonly cursor: string;
  readonly type: TurnEvent['type'] | null;
  readonly workflowId: string | null;
  readonly executionId: string | null;
  readonly stepId: string | null;
  readonly occurredAt: Date;
  /** Reads the execution, not older than the event; null when it is gone. */
  readonly readExecution: () => Promise<ExecutionRecord | null>;
}

/** Events of the executions of all workflows the viewer may see, behind `after` or from now on. */
export async function executionFeed(
  { log, bus, snapshots }: LiveParts,
  viewer: Viewer,
  filter: ExecutionFeedFilter,
  after: string | null,
  outer: AbortSignal | undefined,
): Promise<AsyncIterableIterator<ExecutionFeedEvent>> {
  // Events belong to the owner of the workflow.
  const ownerId = visibleOwner(viewer) ?? undefined;
  const types = filter.types ? filter.types.map(eventTypeOf) : EXECUTION_EVENT_TYPES;
  const start = await startOfLog(log, after);
  return liveStream(outer, async function* (signal) {
    const nothing = { type: null, workflowId: null, executionId: null, stepId: null };
    yield { cursor: start, ...nothing, occurredAt: new Date(), readExecution: async () => null };
    for await (const event of subscribeToLog({ log, bus, after: start, types, ownerId, signal })) {
      const { workflowId, executionId, stepId = null } = event.payload as ExecutionEventPayload;
      if (filter.workflowId && filter.workflowId !== workflowId) continue;
      yield {
        cursor: event.position,
        type: eventNameOf(event.type) ?? null,
        workflowId,
        executionId,
        stepId,
        occurredAt: event.occurredAt,
        readExecution: () => snapshots.atLeast(executionId, event.streamSeq ?? 0),
      };
    }
  });
}
