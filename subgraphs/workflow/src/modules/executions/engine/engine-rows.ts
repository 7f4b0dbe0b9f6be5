import { plainText } from '@flowmesh/platform/validation';
import type { ExecutionState, ExecutionStatus, StepError, StepState, StepStatus } from './execution-state.ts';
import type { CompensationStatus } from './compensations/compensation-status.ts';
import type { StepTypeName } from './definition.ts';

export interface ExecutionRow {
  readonly id: string;
  readonly workflow_id: string;
  readonly workflow_version: number;
  readonly owner_id: string;
  readonly started_by_id: string;
  readonly request_id: string | null;
  readonly parent_execution_id: string | null;
  readonly parent_step_id: string | null;
  readonly root_execution_id: string | null;
  readonly item_index: number | null;
  readonly compensation_status: CompensationStatus;
  readonly scope: string | null;
  readonly status: ExecutionStatus;
  readonly error: (StepError & { stepId?: string }) | null;
  readonly event_seq: number;
  readonly log_seq: number;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
  readonly starter_scopes: string[];
  readonly starter_role_ids: string[];
  readonly starter_key_id: string | null;
  readonly parts_begun: number;
  readonly start_gate: 'QUEUED' | 'PASSED' | null;
}

export interface StepRow {
  readonly execution_id: string;
  readonly step_id: string;
  readonly step_type: StepTypeName;
  readonly status: StepStatus;
  readonly result_bytes: number | null;
  readonly error: StepError | null;
  readonly attempts: number;
  readonly generation: number;
  readonly failures: number;
  readonly recoveries: number;
  readonly waits: number;
  readonly faults: number;
  readonly waiting_for: string | null;
  readonly waiting_since: Date | null;
  readonly waiting_reason: string | null;
  readonly context_version: number | null;
  readonly context_written: number | null;
  readonly unwritten: boolean;
  readonly agent_execution_id: string | null;
  readonly agent_stops: string[];
  readonly agent_checked_at: Date | null;
  readonly agent_unheard_since: Date | null;
  readonly children_total: number | null;
  readonly children_completed: number;
  readonly children_failed: number;
  readonly ready_at: Date | null;
  readonly wake_at: Date | null;
  readonly deadline_at: Date | null;
  readonly lease_token: string | null;
  readonly lease_expires_at: Date | null;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
  /** The database's clock, read once the execution was locked. */
  readonly now: Date;
}

export function toExecutionState(row: ExecutionRow, steps: readonly StepRow[]): ExecutionState {
  return {
    id: row.id,
    workflowId: row.workflow_id,
    workflowVersion: row.workflow_version,
    ownerId: row.owner_id,
    startedById: row.started_by_id,
    requestId: row.request_id,
    parent: parentOf(row),
    rootId: row.root_execution_id ?? row.id,
    isCompensation: row.item_index !== null && row.item_index < 0,
    compensationStatus: row.compensation_status,
    startGate: row.start_gate,
    status: row.status,
    error: row.error,
    eventSeq: row.event_seq,
    logSeq: row.log_seq,
    createdAt: row.created_at,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    rights: { scopes: row.starter_scopes, roleIds: row.starter_role_ids, keyId: row.starter_key_id },
    steps: new Map(steps.map((step) => [step.step_id, toStepState(step)])),
  };
}

const parentOf = ({ parent_execution_id: executionId, parent_step_id: stepId }: ExecutionRow) =>
  executionId === null || stepId === null ? null : { executionId, stepId };

function toStepState(row: StepRow): StepState {
  return {
    stepId: row.step_id,
    stepType: row.step_type,
    status: row.status,
    resultBytes: row.result_bytes,
    error: row.error,
    attempts: row.attempts,
    generation: row.generation,
    failures: row.failures,
    recoveries: row.recoveries,
    waits: row.waits,
    faults: row.faults,
    waitingFor: row.waiting_for,
    waitingSince: row.waiting_since,
    waitingReason: row.waiting_reason,
    contextVersion: row.context_version,
    contextWritten: row.context_written,
    unwritten: row.unwritten,
    agentExecutionId: row.agent_execution_id,
    agentStops: row.agent_stops,
    agentCheckedAt: row.agent_checked_at,
    agentUnheardSince: row.agent_unheard_since,
    childrenTotal: row.children_total,
    childrenCompleted: row.children_completed,
    childrenFailed: row.children_failed,
    readyAt: row.ready_at,
    wakeAt: row.wake_at,
    deadlineAt: row.deadline_at,
    leaseToken: row.lease_token,
    leaseExpiresAt: row.lease_expires_at,
    startedAt: row.started_at,
    completedAt: row.completed_at,
  };
}

/** Expressions, agents and people write what they like into their messages. */
const toldError = <E extends StepError>(error: E | null): E | null =>
  error && { ...error, message: plainText(error.message) };

export const executionChange = (
  state: ExecutionState,
  restarted: boolean,
  result: { readonly value: unknown } | undefined,
) => ({
  has_result: result !== undefined,
  result: result?.value ?? null,
  id: state.id,
  workflow_version: state.workflowVersion,
  status: state.status,
  error: toldError(state.error),
  event_seq: state.eventSeq,
  log_seq: state.logSeq,
  started_at: state.startedAt,
  completed_at: state.completedAt,
  restarted,
  compensation_status: state.compensationStatus,
});

export const stepChange = (executionId: string, step: StepState) => ({
  execution_id: executionId,
  step_id: step.stepId,
  status: step.status,
  error: toldError(step.error),
  attempts: step.attempts,
  generation: step.generation,
  failures: step.failures,
  recoveries: step.recoveries,
  waits: step.waits,
  faults: step.faults,
  waiting_for: step.waitingFor,
  waiting_since: step.waitingSince,
  waiting_reason: step.waitingReason,
  context_version: step.contextVersion,
  context_written: step.contextWritten,
  unwritten: step.unwritten,
  agent_execution_id: step.agentExecutionId,
  agent_stops: step.agentStops,
  agent_checked_at: step.agentCheckedAt,
  agent_unheard_since: step.agentUnheardSince,
  children_total: step.childrenTotal,
  children_completed: step.childrenCompleted,
  children_failed: step.childrenFailed,
  ready_at: step.readyAt,
  wake_at: step.wakeAt,
  deadline_at: step.deadlineAt,
  lease_token: step.leaseToken,
  lease_expires_at: step.leaseExpiresAt,
  started_at: step.startedAt,
  completed_at: step.completedAt,
  has_result: step.newResult !== undefined,
  result: step.newResult?.value ?? null,
  has_items: step.newItems !== undefined,
  items: step.newItems?.value ?? null,
});
