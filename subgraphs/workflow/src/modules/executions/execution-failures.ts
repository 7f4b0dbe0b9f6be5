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

/** Not in a state that allows it. */
export const wrongState = (status: ExecutionStatus, message: string) => ({
  __typename: 'WorkflowExecutionStateError' as const,
  code: 'WORKFLOW_EXECUTION_STATE',
  message,
  status,
});
