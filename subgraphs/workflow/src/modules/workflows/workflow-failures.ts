import type { WorkflowProblem } from './validation/problem.ts';
import type { WorkflowRecord } from './workflow-record.ts';

export const invalidWorkflow = (problems: readonly WorkflowProblem[]) => ({
  __typename: 'InvalidWorkflowError' as const,
  code: 'INVALID_WORKFLOW',
  message: problems.length === 1 ? 'The workflow has a problem.' : `The workflow has ${problems.length} problems.`,
  problems: [...problems],
});

/** You have a workflow of this name already. */
export const workflowNameTaken = (name: string, workflowId: string | null) => ({
  __typename: 'WorkflowNameTakenError' as const,
  code: 'WORKFLOW_NAME_TAKEN',
  message: `You have a workflow called ${JSON.stringify(name)} already.`,
  workflowId,
});

/** It is not as the caller has seen it. */
export const workflowChanged = (workflow: WorkflowRecord, expected: number) => ({
  __typename: 'WorkflowChangedError' as const,
  code: 'CONFLICT',
  message: `The workflow is at revision ${workflow.revision}, not ${expected}: look at it again.`,
  workflow,
});

/** Executions have not ended. */
export const workflowBusy = (activeExecutions: number) => ({
  __typename: 'WorkflowBusyError' as const,
  code: 'WORKFLOW_BUSY',
  message: `${activeExecutions} of its executions have not ended: cancel them first.`,
  activeExecutions,
});
