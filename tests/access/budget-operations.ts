import { byId, inputId, mutation, NODES, type Operation } from './operation.ts';

/** Who may do what with budgets of agents; see `operations.ts`. */
export const BUDGET_OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.budgets': {
    document: `query Try($id: ID!) { budgets(filter: { subjectId: $id }) ${NODES} }`,
    variables: byId('agentId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Query.budget': {
    document: 'query Try($id: ID!) { budget(id: $id) { id } }',
    variables: byId('budgetId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.spend': {
    document: `query Try($id: ID!) {
      spend(by: AGENT, from: "2026-11-01T00:00:00Z", to: "2027-10-01T00:00:00Z", filter: { agentId: $id }) { groupCount }
    }`,
    variables: byId('agentId'),
    allowed: 'readers',
    others: 'nothing spent',
  },
  'Mutation.createBudget': {
    document: mutation('createBudget', 'CreateBudgetInput'),
    variables: ({ agentId }) => ({ input: { name: 'imposed', scope: 'AGENT', subjectId: agentId, maxCalls: 1 } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.updateBudget': {
    document: mutation('updateBudget', 'UpdateBudgetInput'),
    variables: ({ budgetId }) => ({ input: { id: budgetId, maxCalls: 1 } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deleteBudget': {
    document: mutation('deleteBudget', 'DeleteBudgetInput'),
    variables: inputId('budgetId'),
    allowed: 'members',
    others: 'not found',
  },
};
