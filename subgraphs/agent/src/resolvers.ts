import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from './__generated__/graphql.ts';
import { Agent } from './modules/agents/resolvers/Agent.ts';
import { deregisterAgent } from './modules/agents/resolvers/Mutation/deregisterAgent.ts';
import { registerAgent } from './modules/agents/resolvers/Mutation/registerAgent.ts';
import { updateAgent } from './modules/agents/resolvers/Mutation/updateAgent.ts';
import { agent } from './modules/agents/resolvers/Query/agent.ts';
import { agents } from './modules/agents/resolvers/Query/agents.ts';
import { agentTypes } from './modules/agents/resolvers/Query/agentTypes.ts';
import { discoverAgents } from './modules/agents/resolvers/Query/discoverAgents.ts';
import { AgentEvent } from './modules/executions/resolvers/AgentEvent.ts';
import { AgentExecution } from './modules/executions/resolvers/AgentExecution.ts';
import { executeAgent } from './modules/executions/resolvers/Mutation/executeAgent.ts';
import { stopAgentExecution } from './modules/executions/resolvers/Mutation/stopAgentExecution.ts';
import { agentExecution } from './modules/executions/resolvers/Query/agentExecution.ts';
import { agentExecutions } from './modules/executions/resolvers/Query/agentExecutions.ts';
import { agentEvents } from './modules/executions/resolvers/Subscription/agentEvents.ts';
import { agentExecutionUpdates } from './modules/executions/resolvers/Subscription/agentExecutionUpdates.ts';

/** Everything the schema needs; a root field that is missing here fails at start. */
export const resolvers = {
  Query: { agents, agent, discoverAgents, agentTypes, agentExecution, agentExecutions },
  Mutation: { registerAgent, updateAgent, deregisterAgent, executeAgent, stopAgentExecution },
  Subscription: { agentEvents, agentExecutionUpdates },
  Agent,
  AgentConnection: connectionResolvers,
  AgentEvent,
  AgentExecution,
  AgentExecutionConnection: connectionResolvers,
} satisfies Resolvers;
