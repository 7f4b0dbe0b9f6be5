export type ExecutionEventType =
  | 'EXECUTION_STARTED'
  | 'EXECUTION_PAUSED'
  | 'EXECUTION_RESUMED'
  | 'EXECUTION_RETRIED'
  | 'EXECUTION_MOVED'
  | 'EXECUTION_COMPLETED'
  | 'EXECUTION_FAILED'
  | 'EXECUTION_CANCELLED'
  | 'EXECUTION_COMPENSATED';
export type StepEventType =
  | 'STEP_STARTED'
  | 'STEP_WAITING'
  | 'STEP_RETRYING'
  | 'STEP_COMPLETED'
  | 'STEP_FAILED'
  | 'STEP_SKIPPED'
  | 'STEP_CANCELLED'
  | 'STEP_PROGRESSED'
  | 'STEP_REMINDED'
  | 'STEP_ESCALATED'
  | 'STEP_LOGGED';

/** About a step that has ended before, of this execution or of one that is a part of it. */
export type CompensationEventType =
  'COMPENSATION_STARTED' | 'COMPENSATION_COMPLETED' | 'COMPENSATION_FAILED' | 'COMPENSATION_SKIPPED';

export interface TurnEvent {
  readonly type: ExecutionEventType | StepEventType | CompensationEventType;
  readonly stepId?: string;
  readonly seq: number;
}
