import { streamUpdates, updatesOfLog, type LiveCaller, type Message } from '@flowmesh/platform/events';
import { visibleOwner } from '../../workflows/workflow-access.ts';
import { EVENT_NAMES, type ExecutionEventPayload } from '../engine/execution-events.ts';
import type { TurnEvent } from '../engine/turn.ts';
import type { ExecutionRecord } from '../execution-record.ts';
import type { ExecutionSnapshots } from './execution-snapshots.ts';

export interface ExecutionFeedFilter {
  readonly workflowId?: string | null;
  readonly types?: readonly TurnEvent['type'][] | null;
}

/** The first one is a marker, which has a cursor only. */
export type ExecutionFeedEvent = Message<{
  readonly type: TurnEvent['type'] | null;
  readonly workflowId: string | null;
  readonly executionId: string | null;
  readonly stepId: string | null;
  /** Reads the execution, not older than the event; null when it is gone. */
  readonly readExecution: () => Promise<ExecutionRecord | null>;
}>;

const MARKER = { workflowId: null, executionId: null, stepId: null, readExecution: () => Promise.resolve(null) };

/** Events of the executions of all workflows the viewer may see. */
export function executionFeed(
  caller: LiveCaller<{ readonly snapshots: ExecutionSnapshots }>,
  filter: ExecutionFeedFilter | null | undefined,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<ExecutionFeedEvent>> {
  const updates = updatesOfLog<TurnEvent['type'], Omit<ExecutionFeedEvent, 'cursor' | 'type' | 'occurredAt'>>({
    shownAs: EVENT_NAMES,
    types: filter?.types,
    // Events belong to the owner of the workflow.
    ownerId: visibleOwner(caller.viewer),
    marker: MARKER,
    show({ payload, streamSeq }) {
      const { workflowId, executionId, stepId = null } = payload as ExecutionEventPayload;
      if (filter?.workflowId && filter.workflowId !== workflowId) return null;
      const readExecution = () => caller.services.snapshots.atLeast(executionId, streamSeq ?? 0);
      return { workflowId, executionId, stepId, readExecution };
    },
  });
  return streamUpdates(caller, after, updates);
}
