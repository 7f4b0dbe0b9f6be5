import type { QueueJob } from '@flowmesh/platform/queue';

/** A hint that an execution is due. It may be lost or come twice. */
export interface ExecutionJob {
  readonly executionId: string;
}

export const EXECUTION_QUEUE = 'agent-executions';

/** Priority of interrupted work, which continues before other work starts. */
export const INTERRUPTED_PRIORITY = 1;

/** One job for each attempt: adding it again while it waits changes nothing. */
export function jobOf(execution: { readonly id: string; readonly attempts: number }): QueueJob<ExecutionJob> {
  return { id: `${execution.id}-${execution.attempts}`, data: { executionId: execution.id } };
}
