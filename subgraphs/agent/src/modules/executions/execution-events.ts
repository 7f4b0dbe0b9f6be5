import type { NewEvent } from '@flowmesh/platform/events';
import type { ExecutionRecord, ExecutionStatus } from './execution-record.ts';
import type { WrittenLine } from './lines/line-log.ts';

/** What each event of an execution says, version 1. */
export interface ExecutionEventPayload {
  /** Of `agentExecution`. */
  readonly executionId: string;
  readonly agentId: string;
  readonly status: ExecutionStatus;
  /** Attempts that have begun. */
  readonly attempts: number;
  /** Under which it was asked for. */
  readonly idempotencyKey: string | null;
  /** The user for whom it ran. */
  readonly startedById: string;
  /** `agent.execution.progressed`: text since the event before. */
  readonly delta?: string;
  /** Length of the whole text of this attempt so far. */
  readonly textLength: number;
}

/** A type of event that tells of an execution. */
export const EXECUTION_EVENT = {
  /** An attempt has begun. */
  started: 'agent.execution.started',
  progressed: 'agent.execution.progressed',
  /** An attempt failed or was lost; another one will follow. */
  retrying: 'agent.execution.retrying',
  /** The end, whichever it is. */
  executed: 'agent.executed',
} as const;

export const executionStream = (id: string) => `agent-execution:${id}`;

/** `execution` as it is with the change; its `streamSeq` is the event's number. */
export function executionEvent(
  type: (typeof EXECUTION_EVENT)[keyof typeof EXECUTION_EVENT],
  execution: ExecutionRecord,
  delta?: string,
): NewEvent<ExecutionEventPayload> {
  const { id: executionId, agentId, status, attempts, idempotencyKey, startedById } = execution;
  const textLength = execution.outputText?.length ?? 0;
  return {
    type,
    version: 1,
    stream: executionStream(executionId),
    streamSeq: execution.streamSeq,
    ownerId: execution.agentOwnerId,
    payload: {
      executionId,
      agentId,
      status,
      attempts,
      idempotencyKey,
      startedById,
      textLength,
      ...(delta !== undefined ? { delta } : {}),
    },
    requestId: execution.requestId ?? undefined,
  };
}

/** A call of a model or a tool that has ended, of an execution that a step of a workflow has asked for. */
export interface CallEndedPayload {
  readonly executionId: string;
  /** By which the step knows the execution. */
  readonly idempotencyKey: string;
  readonly callId: string;
  readonly kind: 'MODEL' | 'TOOL';
  readonly name: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly latencyMs: number;
  readonly totalTokens: number | null;
}

/** Whether lines about it go into the logs of a workflow: a step of one has asked for the execution itself. */
export const isOfStep = ({ idempotencyKey, workflowExecutionId, parentId }: ExecutionRecord): boolean =>
  workflowExecutionId !== null && parentId === null && idempotencyKey !== null;

/** `agent.execution.said`: lines of the agent, for the logs of the workflow. */
export const linesSaidEvents = (execution: ExecutionRecord, lines: readonly WrittenLine[]): NewEvent[] =>
  isOfStep(execution)
    ? [
        {
          type: 'agent.execution.said',
          version: 1,
          stream: `agent-execution-calls:${execution.id}`,
          ownerId: execution.agentOwnerId,
          payload: { executionId: execution.id, idempotencyKey: execution.idempotencyKey, lines },
          requestId: execution.requestId ?? undefined,
        },
      ]
    : [];

/** `agent.execution.called`, for the logs of the workflow; none when no step of one has asked for the execution itself. */
export function callEndedEvents(
  execution: ExecutionRecord,
  call: Omit<CallEndedPayload, 'executionId' | 'idempotencyKey'>,
): NewEvent<CallEndedPayload>[] {
  const { id: executionId, idempotencyKey, agentOwnerId, requestId } = execution;
  if (idempotencyKey === null || !isOfStep(execution)) return [];
  return [
    {
      type: 'agent.execution.called',
      version: 1,
      stream: `agent-execution-calls:${executionId}`,
      ownerId: agentOwnerId,
      payload: { executionId, idempotencyKey, ...call },
      requestId: requestId ?? undefined,
    },
  ];
}
