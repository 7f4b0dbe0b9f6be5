import { unique } from '../harness/users.ts';
import { byId, inputId, mutation, NODES, type Operation } from './operation.ts';

/** Who may do what with triggers of workflows; see `operations.ts`. */
export const TRIGGER_OPERATIONS: Readonly<Record<string, Operation>> = {
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
