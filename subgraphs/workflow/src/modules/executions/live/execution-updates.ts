import { streamUpdates, updatesOfObject, type LiveCaller, type Message } from '@flowmesh/platform/events';
import { EVENT_NAMES, streamOf, type ExecutionEventPayload } from '../engine/execution-events.ts';
import type { CompensationStatus } from '../engine/compensations/compensation-status.ts';
import { isExecutionEnded } from '../engine/execution-state.ts';
import type { TurnEvent } from '../engine/turn.ts';
import type { ExecutionRecord } from '../execution-record.ts';
import type { ExecutionService } from '../execution-service.ts';
import type { ExecutionSnapshots } from './execution-snapshots.ts';

const isCompensating = (status: CompensationStatus) => status === 'PENDING' || status === 'RUNNING';

export type ExecutionUpdate = Message<{
  readonly type: TurnEvent['type'] | null;
  readonly stepId: string | null;
  readonly execution: ExecutionRecord;
}>;

/** An execution to its end, with its steps: one message for each event. */
export function executionUpdates(
  caller: LiveCaller<{ readonly executions: ExecutionService; readonly snapshots: ExecutionSnapshots }>,
  id: string,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<ExecutionUpdate>> {
  const { executions, snapshots } = caller.services;
  const updates = updatesOfObject({
    stream: streamOf(id),
    async find() {
      const [found] = await executions.visible(caller.viewer, [id]);
      return found ? snapshots.atLeast(id, found.eventSeq) : null;
    },
    missing: { argument: 'id', what: 'execution' },
    read: (seq) => snapshots.atLeast(id, seq),
    seqOf: ({ eventSeq }) => eventSeq,
    hasEnded: ({ status, compensationStatus }) => isExecutionEnded(status) && !isCompensating(compensationStatus),
    show: (execution, event) => ({
      type: event ? (EVENT_NAMES[event.type] ?? null) : null,
      stepId: (event?.payload as ExecutionEventPayload | undefined)?.stepId ?? null,
      execution,
    }),
  });
  return streamUpdates(caller, after, updates);
}
