import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from './__generated__/graphql.ts';
import { cancelWorkflowExecution } from './modules/executions/resolvers/Mutation/cancelWorkflowExecution.ts';
import { executeWorkflow } from './modules/executions/resolvers/Mutation/executeWorkflow.ts';
import { pauseWorkflowExecution } from './modules/executions/resolvers/Mutation/pauseWorkflowExecution.ts';
import { resumeWorkflowExecution } from './modules/executions/resolvers/Mutation/resumeWorkflowExecution.ts';
import { retryWorkflowExecution } from './modules/executions/resolvers/Mutation/retryWorkflowExecution.ts';
import { workflowExecution } from './modules/executions/resolvers/Query/workflowExecution.ts';
import { workflowExecutions } from './modules/executions/resolvers/Query/workflowExecutions.ts';
import { workflowExecutionEvents } from './modules/executions/resolvers/Subscription/workflowExecutionEvents.ts';
import { workflowExecutionUpdates } from './modules/executions/resolvers/Subscription/workflowExecutionUpdates.ts';
import { WorkflowExecution } from './modules/executions/resolvers/WorkflowExecution.ts';
import { WorkflowExecutionEvent } from './modules/executions/resolvers/WorkflowExecutionEvent.ts';
import { WorkflowStepExecution } from './modules/executions/resolvers/WorkflowStepExecution.ts';
import { activateWorkflow } from './modules/workflows/resolvers/Mutation/activateWorkflow.ts';
import { archiveWorkflow } from './modules/workflows/resolvers/Mutation/archiveWorkflow.ts';
import { createWorkflow } from './modules/workflows/resolvers/Mutation/createWorkflow.ts';
import { deleteWorkflow } from './modules/workflows/resolvers/Mutation/deleteWorkflow.ts';
import { updateWorkflow } from './modules/workflows/resolvers/Mutation/updateWorkflow.ts';
import { validateWorkflow } from './modules/workflows/resolvers/Query/validateWorkflow.ts';
import { workflow } from './modules/workflows/resolvers/Query/workflow.ts';
import { workflows } from './modules/workflows/resolvers/Query/workflows.ts';
import { workflowStats } from './modules/workflows/resolvers/Query/workflowStats.ts';
import { Workflow } from './modules/workflows/resolvers/Workflow.ts';
import { WorkflowStep } from './modules/workflows/resolvers/WorkflowStep.ts';
import { WorkflowVersion } from './modules/workflows/resolvers/WorkflowVersion.ts';

/** Everything the schema needs; a root field that is missing here fails at start. */
export const resolvers = {
  Query: { workflows, workflow, validateWorkflow, workflowStats, workflowExecution, workflowExecutions },
  Mutation: {
    createWorkflow,
    updateWorkflow,
    deleteWorkflow,
    activateWorkflow,
    archiveWorkflow,
    executeWorkflow,
    cancelWorkflowExecution,
    pauseWorkflowExecution,
    resumeWorkflowExecution,
    retryWorkflowExecution,
  },
  Subscription: { workflowExecutionUpdates, workflowExecutionEvents },
  Workflow,
  WorkflowConnection: connectionResolvers,
  WorkflowStep,
  WorkflowVersion,
  WorkflowExecution,
  WorkflowExecutionConnection: connectionResolvers,
  WorkflowExecutionEvent,
  WorkflowStepExecution,
} satisfies Resolvers;
