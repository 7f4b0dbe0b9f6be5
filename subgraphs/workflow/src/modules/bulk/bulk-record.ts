import type { ExecutionFilter } from '../executions/execution-query.ts';
import type { ExecutionStatus } from '../executions/execution-record.ts';

export type BulkKind = 'CANCEL' | 'RETRY';
export type BulkStatus = 'RUNNING' | 'COMPLETED' | 'STOPPED';

export interface BulkError {
  readonly code: string;
  readonly message: string;
}

/** Which executions, as it is stored. */
export interface BulkSelection extends Pick<ExecutionFilter, 'workflowId' | 'startedById'> {
  readonly status: readonly ExecutionStatus[];
  readonly createdAfter?: string | null;
  readonly createdBefore?: string | null;
}

export interface BulkOperation {
  readonly id: string;
  readonly kind: BulkKind;
  readonly status: BulkStatus;
  readonly ownerId: string;
  /** What whoever began it could do; it does no more. */
  readonly scopes: readonly string[];
  readonly roleIds: readonly string[];
  readonly selection: BulkSelection;
  readonly reason: string | null;
  readonly selected: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly failures: { readonly executionId: string; readonly error: BulkError }[];
  /** The last execution that was looked at. */
  readonly lastId: string | null;
  readonly createdAt: Date;
  readonly completedAt: Date | null;
}
