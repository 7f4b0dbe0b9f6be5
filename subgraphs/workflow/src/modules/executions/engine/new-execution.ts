import type { Definition, StepDefinition } from './definition.ts';
import type { ExecutionHeader } from './execution-headers.ts';
import type { ExecutionState, StepState } from './execution-state.ts';
import type { StartRequest } from './start-request.ts';

/** An execution that begins now: steps that depend on no other are READY, and may begin unless it waits for a limit. */
export function newExecution(request: StartRequest, now: Date): ExecutionState {
  const { id, definition, ownerId, startedById, requestId } = request;
  const queued = request.limitKeys != null;
  return {
    id,
    workflowId: definition.workflowId,
    workflowVersion: definition.version,
    ownerId,
    startedById,
    requestId,
    parent: null,
    status: 'PENDING',
    error: null,
    // It has been started.
    eventSeq: 1,
    logSeq: 0,
    createdAt: now,
    startedAt: null,
    completedAt: null,
    rootId: id,
    isCompensation: false,
    compensationStatus: 'NONE',
    startGate: queued ? 'QUEUED' : null,
    rights: request.rights,
    steps: new Map(definition.steps.map((step) => [step.id, newStep(step, queued ? null : now)])),
  };
}

export function newStep({ id, stepType, dependencies }: StepDefinition, readyAt: Date | null): StepState {
  const first = dependencies.length === 0;
  return {
    stepId: id,
    stepType,
    status: first ? 'READY' : 'PENDING',
    error: null,
    attempts: 0,
    generation: 1,
    failures: 0,
    resultBytes: null,
    recoveries: 0,
    waits: 0,
    faults: 0,
    waitingFor: null,
    waitingSince: null,
    waitingReason: null,
    contextVersion: null,
    contextWritten: null,
    unwritten: false,
    agentExecutionId: null,
    agentStops: [],
    agentCheckedAt: null,
    agentUnheardSince: null,
    readyAt: first ? readyAt : null,
    wakeAt: null,
    deadlineAt: null,
    leaseToken: null,
    leaseExpiresAt: null,
    startedAt: null,
    completedAt: null,
    childrenTotal: null,
    childrenCompleted: 0,
    childrenFailed: 0,
  };
}

/** What its steps read of an execution that is not stored yet. */
export function newHeader(request: StartRequest): ExecutionHeader {
  const { id, definition, startedById, ownerId, contextId, requestId, input, depth = 0 } = request;
  return {
    ...{ id, startedById, ownerId, contextId, requestId, input, depth },
    workflowId: definition.workflowId,
    workflowVersion: definition.version,
    createdAt: new Date(),
    rootId: id,
    parent: null,
    scope: null,
    itemIndex: null,
    item: null,
  };
}

export const firstSteps = ({ steps }: Definition): string[] =>
  steps.filter(({ dependencies }) => dependencies.length === 0).map(({ id }) => id);
