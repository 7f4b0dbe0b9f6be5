import type { EventBus, EventLog } from '@flowmesh/platform/events';
import type { AgentService } from './modules/agents/agent-service.ts';
import type { AvailabilityStore } from './modules/agents/availability-store.ts';
import type { Discovery } from './modules/agents/discovery.ts';
import type { Heartbeats } from './modules/agents/heartbeats.ts';
import type { BudgetService } from './modules/budgets/budget-service.ts';
import type { CallService } from './modules/calls/call-service.ts';
import type { ExecutionService } from './modules/executions/execution-service.ts';
import type { PushService } from './modules/pushes/push-service.ts';
import type { PresetService } from './modules/presets/preset-service.ts';
import type { McpToolStore } from './modules/mcp/mcp-tool-store.ts';

/** What resolvers reach. */
export interface Services {
  readonly agents: AgentService;
  readonly discovery: Discovery;
  readonly availability: AvailabilityStore;
  readonly heartbeats: Heartbeats;
  readonly presets: PresetService;
  readonly executions: ExecutionService;
  readonly calls: CallService;
  readonly budgets: BudgetService;
  readonly pushes: PushService;
  readonly mcpTools: McpToolStore;
  readonly log: EventLog;
  readonly bus: EventBus;
}
