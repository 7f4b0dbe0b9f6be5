import type { A2aExecution } from '@flowmesh/platform/a2a';

/** Where the context of the client is kept: executions of workflows have no field for it. */
const CONTEXT = 'a2aContextId';

const STATES: Readonly<Record<string, A2aExecution['status']>> = {
  PENDING: 'QUEUED',
  RUNNING: 'RUNNING',
  PAUSED: 'RUNNING',
  WAITING: 'RUNNING',
  COMPLETED: 'COMPLETED',
  FAILED: 'FAILED',
  CANCELLED: 'STOPPED',
};

/** An execution of a workflow, as `A2A_OPERATIONS` ask for it. */
export interface ShownWorkflowExecution {
  readonly id: string;
  readonly workflow: { readonly id: string };
  readonly status: string;
  readonly input: unknown;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

/** The task that it is: its input the message, its result the artifact. */
export function workflowTask(shown: ShownWorkflowExecution): A2aExecution {
  const { id, workflow, input, result, error, metadata, createdAt, startedAt, completedAt } = shown;
  const status = STATES[shown.status] ?? 'RUNNING';
  const context = metadata[CONTEXT];
  return {
    ...{ id, ofWorkflowId: workflow.id, status, input, output: result, outputText: null, error },
    stopReason: status === 'STOPPED' ? (error?.message ?? null) : null,
    conversationId: typeof context === 'string' ? context : null,
    ...{ queuedAt: createdAt, startedAt, completedAt },
  };
}

/** Input of `executeWorkflow` for a message. */
export const workflowStart = (
  workflowId: string,
  { input, idempotencyKey, contextId }: { input: unknown; idempotencyKey: string; contextId: string },
) => ({ workflowId, input, idempotencyKey, ...(contextId && { metadata: { [CONTEXT]: contextId } }) });
