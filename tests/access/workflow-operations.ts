import { unique } from '../harness/users.ts';
import { byId, inputId, mutation, NODES, type Belongings, type Operation } from './operation.ts';

const newWorkflow = ({ agentId }: Belongings) => ({
  input: { name: unique('denied'), steps: [{ id: 'one', stepType: 'AGENT', agentId }] },
});

/** Who may do what with workflows and their executions; see `operations.ts`. */
export const WORKFLOW_OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.workflows': {
    document: `query Try($id: ID!) { workflows(filter: { ownerId: $id }) ${NODES} }`,
    variables: byId('ownerId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Query.workflow': {
    document: 'query Try($id: ID!) { workflow(id: $id) { id } }',
    variables: byId('workflowId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.validateWorkflow': {
    document: 'query Try($input: CreateWorkflowInput!) { validateWorkflow(input: $input) { valid problems { code } } }',
    variables: newWorkflow,
    allowed: 'readers',
    others: 'unknown agent',
  },
  'Query.workflowVersionDiff': {
    document: 'query Try($id: ID!) { workflowVersionDiff(workflowId: $id, from: 1) { from to } }',
    variables: byId('workflowId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.preflightWorkflow': {
    document: 'query Try($id: ID!) { preflightWorkflow(id: $id) { ready } }',
    variables: byId('workflowId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.workflowEventTypes': {
    document: '{ workflowEventTypes { name } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Query.workflowStats': {
    document: '{ workflowStats { totalExecutions } }',
    allowed: 'readers',
    others: 'no figures',
  },
  'Query.workflowTemplates': {
    document: `query Try($id: String!) { workflowTemplates(filter: { search: $id }) ${NODES} }`,
    variables: byId('workflowTemplateId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Query.workflowTemplate': {
    document: 'query Try($id: ID!) { workflowTemplate(id: $id) { id } }',
    variables: byId('workflowTemplateId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.workflowExecution': {
    document: 'query Try($id: ID!) { workflowExecution(id: $id) { id } }',
    variables: byId('completedExecutionId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.workflowExecutions': {
    document: `query Try($id: ID!) { workflowExecutions(filter: { workflowId: $id }) ${NODES} }`,
    variables: byId('workflowId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Mutation.createWorkflow': {
    document: `mutation Try($input: CreateWorkflowInput!) {
      createWorkflow(input: $input) { __typename ... on InvalidWorkflowError { problems { code } } }
    }`,
    variables: newWorkflow,
    allowed: 'members',
    others: 'unknown agent',
  },
  'Mutation.createWorkflowFromTemplate': {
    document: mutation('createWorkflowFromTemplate', 'CreateWorkflowFromTemplateInput'),
    variables: ({ workflowTemplateId }) => ({ input: { templateId: workflowTemplateId, name: unique('stolen') } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.saveWorkflowAsTemplate': {
    document: mutation('saveWorkflowAsTemplate', 'SaveWorkflowAsTemplateInput'),
    variables: ({ workflowId }) => ({ input: { workflowId, name: unique('stolen') } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.updateWorkflowTemplate': {
    document: mutation('updateWorkflowTemplate', 'UpdateWorkflowTemplateInput'),
    variables: ({ workflowTemplateId }) => ({ input: { id: workflowTemplateId, name: unique('stolen') } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deleteWorkflowTemplate': {
    document: mutation('deleteWorkflowTemplate', 'DeleteWorkflowTemplateInput'),
    variables: inputId('workflowTemplateId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.updateWorkflow': {
    document: mutation('updateWorkflow', 'UpdateWorkflowInput'),
    variables: ({ workflowId }) => ({ input: { id: workflowId, name: unique('stolen') } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deleteWorkflow': {
    document: mutation('deleteWorkflow', 'DeleteWorkflowInput'),
    variables: inputId('workflowId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.activateWorkflow': {
    document: mutation('activateWorkflow', 'ActivateWorkflowInput'),
    variables: inputId('workflowId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.archiveWorkflow': {
    document: mutation('archiveWorkflow', 'ArchiveWorkflowInput'),
    variables: inputId('workflowId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.executeWorkflow': {
    document: mutation('executeWorkflow', 'ExecuteWorkflowInput'),
    variables: ({ workflowId }) => ({ input: { workflowId, input: {} } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.cancelWorkflowExecution': {
    document: mutation('cancelWorkflowExecution', 'CancelWorkflowExecutionInput'),
    variables: inputId('waitingExecutionId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.setWorkflowLimits': {
    document: mutation('setWorkflowLimits', 'SetWorkflowLimitsInput'),
    variables: ({ workflowId }) => ({ input: { workflowId } }),
    allowed: 'members',
    others: 'not found',
  },
  'Query.pendingApprovals': {
    document: `{ pendingApprovals ${NODES} }`,
    allowed: 'readers',
    others: 'empty',
  },
  'Mutation.approveWorkflowStep': {
    document: mutation('approveWorkflowStep', 'DecideWorkflowApprovalInput'),
    variables: ({ waitingExecutionId }) => ({ input: { executionId: waitingExecutionId, stepId: 'one' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.rejectWorkflowStep': {
    document: mutation('rejectWorkflowStep', 'DecideWorkflowApprovalInput'),
    variables: ({ waitingExecutionId }) => ({ input: { executionId: waitingExecutionId, stepId: 'one' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.signalWorkflowExecution': {
    document: mutation('signalWorkflowExecution', 'SignalWorkflowExecutionInput'),
    variables: ({ waitingExecutionId }) => ({ input: { executionId: waitingExecutionId, name: 'denied' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.pauseWorkflowExecution': {
    document: mutation('pauseWorkflowExecution', 'PauseWorkflowExecutionInput'),
    variables: inputId('waitingExecutionId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.resumeWorkflowExecution': {
    document: mutation('resumeWorkflowExecution', 'ResumeWorkflowExecutionInput'),
    variables: inputId('pausedExecutionId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.retryWorkflowExecution': {
    document: mutation('retryWorkflowExecution', 'RetryWorkflowExecutionInput'),
    variables: inputId('completedExecutionId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.moveWorkflowExecution': {
    document: mutation('moveWorkflowExecution', 'MoveWorkflowExecutionInput'),
    variables: ({ completedExecutionId }) => ({ input: { id: completedExecutionId, toVersion: 1, dryRun: true } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.retryCompensation': {
    document: mutation('retryCompensation', 'RetryCompensationInput'),
    variables: ({ compensationId }) => ({ input: { id: compensationId } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.skipCompensation': {
    document: mutation('skipCompensation', 'SkipCompensationInput'),
    variables: ({ compensationId }) => ({ input: { id: compensationId, reason: 'denied' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.completeCompensation': {
    document: mutation('completeCompensation', 'CompleteCompensationInput'),
    variables: ({ compensationId }) => ({ input: { id: compensationId, reason: 'denied' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Subscription.workflowExecutionUpdates': {
    document: 'subscription Try($id: ID!) { workflowExecutionUpdates(id: $id) { cursor } }',
    variables: byId('waitingExecutionId'),
    allowed: 'readers',
    others: 'bad input',
  },
  'Subscription.workflowExecutionLogs': {
    document: 'subscription Try($id: ID!) { workflowExecutionLogs(id: $id) { cursor } }',
    variables: byId('waitingExecutionId'),
    allowed: 'readers',
    others: 'bad input',
  },
  'Subscription.workflowExecutionEvents': {
    document: 'subscription Try($id: ID!) { workflowExecutionEvents(filter: { workflowId: $id }) { cursor type } }',
    variables: byId('workflowId'),
    allowed: 'readers',
    others: 'own business',
  },
};
