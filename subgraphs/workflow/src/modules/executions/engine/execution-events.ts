import type { NewEvent } from '@flowmesh/platform/events';
import type { ExecutionError, ExecutionState } from './execution-state.ts';
import type { TurnEvent } from './turn.ts';

/** Payload of the fine-grained events; the truth about the execution is in its row. */
export interface ExecutionEventPayload {
  readonly workflowId: string;
  readonly executionId: string;
  readonly stepId?: string;
}

/** Payload, version 1, of `workflow.started`, `workflow.completed` and `workflow.failed`. */
export interface WorkflowEventPayload {
  /** Its workflow. */
  readonly workflowId: string;
  /** Of `workflowExecution`. */
  readonly executionId: string;
  /** The user who has started it. */
  readonly startedById: string;
  /** Why it has failed. */
  readonly error?: ExecutionError;
}

const TYPES: Record<TurnEvent['type'], string> = {
  EXECUTION_STARTED: 'workflow.execution.started',
  EXECUTION_PAUSED: 'workflow.execution.paused',
  EXECUTION_RESUMED: 'workflow.execution.resumed',
  EXECUTION_RETRIED: 'workflow.execution.retried',
  EXECUTION_MOVED: 'workflow.execution.moved',
  EXECUTION_COMPLETED: 'workflow.execution.completed',
  EXECUTION_FAILED: 'workflow.execution.failed',
  EXECUTION_CANCELLED: 'workflow.execution.cancelled',
  EXECUTION_COMPENSATED: 'workflow.execution.compensated',
  COMPENSATION_STARTED: 'workflow.compensation.started',
  COMPENSATION_COMPLETED: 'workflow.compensation.completed',
  COMPENSATION_FAILED: 'workflow.compensation.failed',
  COMPENSATION_SKIPPED: 'workflow.compensation.skipped',
  STEP_STARTED: 'workflow.step.started',
  STEP_WAITING: 'workflow.step.waiting',
  STEP_RETRYING: 'workflow.step.retrying',
  STEP_COMPLETED: 'workflow.step.completed',
  STEP_FAILED: 'workflow.step.failed',
  STEP_SKIPPED: 'workflow.step.skipped',
  STEP_CANCELLED: 'workflow.step.cancelled',
  STEP_PROGRESSED: 'workflow.step.progressed',
  STEP_REMINDED: 'workflow.step.reminded',
  STEP_ESCALATED: 'workflow.step.escalated',
  STEP_LOGGED: 'workflow.step.logged',
};
/** What the schema calls the types of events that an execution's stream has. */
export const EVENT_NAMES: Readonly<Record<string, TurnEvent['type']>> = Object.fromEntries(
  Object.entries(TYPES).map(([name, type]) => [type, name as TurnEvent['type']]),
);

/** Those other domains listen to, of executions that somebody started. */
const DOMAIN_EVENTS: Partial<Record<TurnEvent['type'], string>> = {
  EXECUTION_STARTED: 'workflow.started',
  EXECUTION_COMPLETED: 'workflow.completed',
  EXECUTION_FAILED: 'workflow.failed',
};

export const streamOf = (executionId: string): string => `workflow-execution:${executionId}`;

type EventSource = Pick<
  ExecutionState,
  'id' | 'workflowId' | 'ownerId' | 'startedById' | 'requestId' | 'error' | 'parent'
>;

export function toNewEvents(execution: EventSource, { type, seq, stepId }: TurnEvent): NewEvent[] {
  const base = { version: 1, ownerId: execution.ownerId, requestId: execution.requestId ?? undefined };
  const payload = { workflowId: execution.workflowId, executionId: execution.id, ...(stepId ? { stepId } : {}) };
  const events: NewEvent[] = [{ ...base, type: TYPES[type], stream: streamOf(execution.id), streamSeq: seq, payload }];
  const domainEvent = DOMAIN_EVENTS[type];
  if (domainEvent && execution.parent === null) {
    events.push({ ...base, type: domainEvent, stream: `workflow:${execution.workflowId}`, payload: told(execution) });
  }
  return events;
}

function told({ workflowId, id: executionId, startedById, error }: EventSource): WorkflowEventPayload {
  return { workflowId, executionId, startedById, ...(error ? { error } : {}) };
}
