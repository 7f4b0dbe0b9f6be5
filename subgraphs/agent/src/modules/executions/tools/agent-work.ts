import { mayTouch, NO_CLIENT, type Caller, type SignedInViewer } from '@flowmesh/platform/access';
import { PublicError } from '@flowmesh/platform/errors';
import type { AgentRecord } from '../../agents/agent-record.ts';
import type { AgentStore } from '../../agents/agent-store.ts';
import type { McpToolStore } from '../../mcp/mcp-tool-store.ts';
import type { ExecutionRecord } from '../execution-record.ts';
import type { ExecutionService } from '../execution-service.ts';
import { ToolFailure } from '../kinds/llm/agent-tool.ts';
import { inputSchemaOf } from './agent-inputs.ts';
import type { WorkBelow } from './agent-tools.ts';

interface AgentWorkParts {
  readonly agents: AgentStore;
  readonly mcpTools: McpToolStore;
  readonly service: () => ExecutionService;
  /** Works on an execution in the place of whoever waits for it. */
  readonly help: (executionId: string) => void;
}

/** Gives work to other agents of this subgraph, as whoever started the execution above. */
export class AgentWork implements WorkBelow {
  constructor(private readonly parts: AgentWorkParts) {}

  async agent(parent: ExecutionRecord, agentId: string) {
    const agent = await this.parts.agents.find(agentId);
    return agent && mayTouch(viewerOf(parent), agent.ownerId, 'agent:read-any') ? agent : null;
  }

  inputSchema(agent: AgentRecord) {
    return inputSchemaOf(agent, this.parts.mcpTools);
  }

  async begin(parent: ExecutionRecord, agentId: string, input: unknown, key: string): Promise<ExecutionRecord> {
    const caller: Caller = { viewer: viewerOf(parent), client: NO_CLIENT, requestId: parent.requestId ?? parent.id };
    try {
      const outcome = await this.parts.service().execute(caller, { agentId, input, idempotencyKey: key }, parent);
      if (outcome.__typename === 'ExecuteAgentSuccess') return outcome.execution;
      const fields = outcome.__typename === 'InvalidInputError' ? outcome.fields : [];
      const places = fields.map(({ path, message }) => `${path} ${message}`).join('; ');
      throw new ToolFailure(outcome.code, places || outcome.message);
    } catch (error) {
      if (error instanceof PublicError) throw new ToolFailure(String(error.extensions['code']), error.message);
      throw error;
    }
  }

  untilEnd(execution: ExecutionRecord, signal: AbortSignal): Promise<ExecutionRecord> {
    const { service, help } = this.parts;
    return service().untilEnd(execution, signal, ({ id, status }) => status === 'QUEUED' && help(id));
  }

  async stop({ id }: ExecutionRecord, reason: string): Promise<void> {
    await this.parts.service().stopAll([id], reason);
  }
}

/** What the starter could do when the execution began, and not more. */
const viewerOf = (parent: ExecutionRecord): SignedInViewer => ({
  kind: 'service',
  service: 'agent',
  userId: parent.startedById,
  scopes: [...parent.toolScopes, ...parent.contextScopes],
  roleIds: parent.starterRoleIds,
  ...(parent.workflowId !== null && { workflowId: parent.workflowId }),
  ...(parent.workflowExecutionId !== null && { workflowExecutionId: parent.workflowExecutionId }),
});
