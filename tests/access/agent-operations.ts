import { unique } from '../harness/users.ts';
import { byId, inputId, mutation, NODES, type Operation } from './operation.ts';

const newAgent = () => ({
  name: unique('denied'),
  type: 'Echo',
  kind: 'BUILTIN',
  builtin: { function: 'TRANSFORM', options: { expression: '$' } },
});

const MODEL = { baseUrl: 'https://models.example/v1', model: 'm' };

/** Who may do what with agents and their executions; see `operations.ts`. */
export const AGENT_OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.agents': {
    document: `query Try($id: ID!) { agents(filter: { ownerId: $id }) ${NODES} }`,
    variables: byId('ownerId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Query.agent': {
    document: 'query Try($id: ID!) { agent(id: $id) { id } }',
    variables: byId('agentId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.discoverAgents': { document: `{ discoverAgents ${NODES} }`, allowed: 'readers', others: 'empty' },
  'Query.agentTypes': { document: '{ agentTypes { name } }', allowed: 'readers', others: 'empty' },
  'Query.agentPresets': { document: '{ agentPresets { nodes { name } } }', allowed: 'readers', others: 'own business' },
  'Query.agentExecution': {
    document: 'query Try($id: ID!) { agentExecution(id: $id) { id } }',
    variables: byId('agentExecutionId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.agentExecutions': {
    document: `query Try($id: ID!) { agentExecutions(filter: { agentId: $id }) ${NODES} }`,
    variables: byId('agentId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Mutation.registerAgent': {
    document: mutation('registerAgent', 'RegisterAgentInput'),
    variables: () => ({ input: newAgent() }),
    allowed: 'members',
    others: 'own business',
  },
  'Mutation.registerAgentFromPreset': {
    document: mutation('registerAgentFromPreset', 'RegisterAgentFromPresetInput'),
    variables: () => ({ input: { preset: 'Architect', name: unique('denied'), ...MODEL } }),
    allowed: 'members',
    others: 'own business',
  },
  'Mutation.registerAgentsFromPresets': {
    document: mutation('registerAgentsFromPresets', 'RegisterAgentsFromPresetsInput'),
    variables: () => ({ input: { agents: [{ preset: 'Architect', name: unique('denied') }], ...MODEL } }),
    allowed: 'members',
    others: 'own business',
  },
  'Mutation.updateAgent': {
    document: mutation('updateAgent', 'UpdateAgentInput'),
    variables: ({ agentId }) => ({ input: { id: agentId, name: unique('stolen') } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.resetAgentCircuitBreaker': {
    document: mutation('resetAgentCircuitBreaker', 'ResetAgentCircuitBreakerInput'),
    variables: inputId('agentId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deregisterAgent': {
    document: mutation('deregisterAgent', 'DeregisterAgentInput'),
    variables: ({ agentId }) => ({ input: { id: agentId, force: true } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.agentHeartbeat': {
    document: mutation('agentHeartbeat', 'AgentHeartbeatInput'),
    variables: ({ agentId }) => ({ input: { agentId } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.setAgentExecutionPush': {
    document: mutation('setAgentExecutionPush', 'SetAgentExecutionPushInput'),
    variables: ({ agentExecutionId }) => ({
      input: { executionId: agentExecutionId, url: 'https://receiver.example/stolen' },
    }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deleteAgentExecutionPush': {
    document: mutation('deleteAgentExecutionPush', 'DeleteAgentExecutionPushInput'),
    variables: ({ agentExecutionId }) => ({ input: { executionId: agentExecutionId, key: 'default' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.executeAgent': {
    document: mutation('executeAgent', 'ExecuteAgentInput'),
    variables: ({ agentId }) => ({ input: { agentId, input: { any: 'thing' } } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.stopAgentExecution': {
    document: mutation('stopAgentExecution', 'StopAgentExecutionInput'),
    variables: inputId('agentExecutionId'),
    allowed: 'members',
    others: 'not found',
  },
  'Subscription.agentEvents': {
    document: 'subscription Try($id: ID!) { agentEvents(filter: { agentId: $id }) { cursor agentId } }',
    variables: byId('agentId'),
    allowed: 'readers',
    others: 'own business',
  },
  'Subscription.agentExecutionUpdates': {
    document: 'subscription Try($id: ID!) { agentExecutionUpdates(id: $id) { cursor } }',
    variables: byId('agentExecutionId'),
    allowed: 'readers',
    others: 'bad input',
  },
};
