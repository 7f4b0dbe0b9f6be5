import type { Viewer } from '@flowmesh/platform/access';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import { perArguments } from '@flowmesh/platform/loaders';
import DataLoader from 'dataloader';
import type { Services } from './services.ts';
import type { AgentRecord } from './modules/agents/agent-record.ts';
import type { Availability } from './modules/agents/availability-store.ts';
import type { AgentCircuit } from './modules/agents/agent-service.ts';
import type { BudgetStanding } from './modules/budgets/budget-record.ts';
import type { CallListArguments } from './modules/calls/call-query.ts';
import type { CallRecord } from './modules/calls/call-record.ts';
import type { ExecutionRecord } from './modules/executions/execution-record.ts';
import { MCP_TOOLS_OF_AGENT, type McpToolRecord } from './modules/mcp/mcp-tools.ts';
import type { PushRecord } from './modules/pushes/push-record.ts';
import type { ExecutionListArguments } from './modules/executions/execution-query.ts';

/** Batched reads of one operation; each knows its viewer, and gives null for what the viewer may not see. */
export interface Loaders {
  readonly agents: DataLoader<string, AgentRecord | null>;
  readonly executions: DataLoader<string, ExecutionRecord | null>;
  readonly circuits: DataLoader<string, AgentCircuit>;
  readonly availability: DataLoader<string, Availability | null>;
  readonly budgetStandings: (args: { readonly runId: string | null }) => DataLoader<string, BudgetStanding | null>;
  readonly callsOfExecution: (args: CallListArguments) => DataLoader<string, Connection<CallRecord>>;
  readonly pushesOfExecution: DataLoader<string, PushRecord[]>;
  readonly mcpToolsOfAgent: (args: PageArguments) => DataLoader<string, Connection<McpToolRecord>>;
  readonly executionsOfAgent: (args: ExecutionListArguments) => DataLoader<string, Connection<ExecutionRecord>>;
}

const options = { maxBatchSize: 500 };

export const createLoaders = (
  viewer: Viewer,
  { agents, availability, executions, calls, budgets, pushes, mcpTools }: Services,
): Loaders => ({
  agents: new DataLoader((ids) => agents.visible(viewer, ids), options),
  executions: new DataLoader((ids) => executions.visible(viewer, ids), options),
  circuits: new DataLoader((ids) => agents.circuitsOf(ids), options),
  availability: new DataLoader(async (ids) => {
    const found = await availability.of(ids);
    return ids.map((id) => found.get(id) ?? null);
  }, options),
  budgetStandings: perArguments(({ runId }) => new DataLoader((ids) => budgets.standings(ids, runId), options)),
  callsOfExecution: perArguments((args) => new DataLoader((ids) => calls.listsOf(ids, args), options)),
  pushesOfExecution: new DataLoader((ids) => pushes.ofExecutions(viewer, ids), options),
  mcpToolsOfAgent: perArguments(
    (args) => new DataLoader((ids) => MCP_TOOLS_OF_AGENT.pagesOf(ids, args, null, mcpTools.list), options),
  ),
  executionsOfAgent: perArguments((args) => new DataLoader((ids) => executions.listsOf(viewer, ids, args), options)),
});
