import { CONCURRENCY_LIMIT, type LimitReached } from '../limits/limit-record.ts';
import type { WorkflowStatus } from '../workflows/workflow-record.ts';
import type { ExecutionStatus } from './execution-record.ts';

/** It is archived, or a draft of somebody else. */
export const notExecutable = (status: WorkflowStatus) => ({
  __typename: 'WorkflowNotExecutableError' as const,
  code: 'WORKFLOW_NOT_EXECUTABLE',
  message:
    status === 'ARCHIVED'
      ? 'The workflow is archived: activate it to execute it.'
      : 'The workflow is a draft: only its owner can execute it.',
  status,
});

/** As many run as may: nothing was stored. */
export const limitReached = ({ limit, key, running }: LimitReached) => ({
  __typename: 'WorkflowLimitReachedError' as const,
  code: CONCURRENCY_LIMIT,
  message: `As many executions of the workflow run as it allows at once (${limit}): start it again when one of them has ended.`,
  ...{ limit, key, running },
});

/** Not in a state that allows it. */
export const wrongState = (status: ExecutionStatus, message: string) => ({
  __typename: 'WorkflowExecutionStateError' as const,
  code: 'WORKFLOW_EXECUTION_STATE',
  message,
  status,
});
