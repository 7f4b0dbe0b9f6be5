import { unique } from '../harness/users.ts';
import { byId, inputId, mutation, NODES, type Belongings, type Operation } from './operation.ts';

const ofWorkflow = ({ workflowId }: Belongings) => ({ input: { filter: { workflowId }, dryRun: true } });
const bulk = (name: string, type: string) =>
  `mutation Try($input: ${type}!) { ${name}(input: $input) { ... on WorkflowBulkSuccess { selected } } }`;

/** Who may do what with triggers of workflows, and with many executions at once; see `operations.ts`. */
export const TRIGGER_OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.workflowBulkOperation': {
    document: 'query Try($id: ID!) { workflowBulkOperation(id: $id) { id } }',
    variables: byId('workflowTriggerId'),
    allowed: 'readers',
    others: 'null',
  },
  'Mutation.executeWorkflows': {
    document: `mutation Try($input: ExecuteWorkflowsInput!) {
      executeWorkflows(input: $input) { ... on ExecuteWorkflowsSuccess { accepted results { error { code } } } }
    }`,
    variables: ({ workflowId }) => ({ input: { items: [{ workflowId }] } }),
    allowed: 'members',
    others: 'not found one by one',
  },
  'Mutation.bulkCancelWorkflowExecutions': {
    document: bulk('bulkCancelWorkflowExecutions', 'BulkCancelWorkflowExecutionsInput'),
    variables: ofWorkflow,
    allowed: 'members',
    others: 'nothing selected',
  },
  'Mutation.bulkRetryWorkflowExecutions': {
    document: bulk('bulkRetryWorkflowExecutions', 'BulkRetryWorkflowExecutionsInput'),
    variables: ofWorkflow,
    allowed: 'members',
    others: 'nothing selected',
  },
  'Query.workflowTriggers': {
    document: `query Try($id: ID!) { workflowTriggers(filter: { workflowId: $id }) ${NODES} }`,
    variables: byId('workflowId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Query.workflowTrigger': {
    document: 'query Try($id: ID!) { workflowTrigger(id: $id) { id } }',
    variables: byId('workflowTriggerId'),
    allowed: 'readers',
    others: 'null',
  },
  'Mutation.createWorkflowTrigger': {
    document: mutation('createWorkflowTrigger', 'CreateWorkflowTriggerInput'),
    variables: ({ workflowId }) => ({
      input: { workflowId, name: unique('denied'), kind: 'SCHEDULE', cron: '0 0 1 1 *' },
    }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.updateWorkflowTrigger': {
    document: mutation('updateWorkflowTrigger', 'UpdateWorkflowTriggerInput'),
    variables: ({ workflowTriggerId }) => ({ input: { id: workflowTriggerId, name: unique('stolen') } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deleteWorkflowTrigger': {
    document: mutation('deleteWorkflowTrigger', 'DeleteWorkflowTriggerInput'),
    variables: inputId('workflowTriggerId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.pauseWorkflowTrigger': {
    document: mutation('pauseWorkflowTrigger', 'PauseWorkflowTriggerInput'),
    variables: inputId('workflowTriggerId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.resumeWorkflowTrigger': {
    document: mutation('resumeWorkflowTrigger', 'ResumeWorkflowTriggerInput'),
    variables: inputId('workflowTriggerId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.runWorkflowTrigger': {
    document: mutation('runWorkflowTrigger', 'RunWorkflowTriggerInput'),
    variables: inputId('workflowTriggerId'),
    allowed: 'members',
    others: 'not found',
  },
};
