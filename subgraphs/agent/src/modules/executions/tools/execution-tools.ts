import type { Services } from '@flowmesh/platform/services';
import type { ExecutionRecord } from '../execution-record.ts';
import { AgentFailure } from '../kinds/agent-failure.ts';
import type { AgentTool } from '../kinds/llm/agent-tool.ts';
import type { LlmSettings } from '../kinds/llm/llm-settings.ts';
import { agentTool, type WorkBelow } from './agent-tools.ts';
import { IntegrationCalls } from './integration-calls.ts';
import { integrationTools } from './integration-tools.ts';

/** Tools that need other parts of the product, for executions that may use them. */
export class ExecutionTools {
  private readonly integrations: IntegrationCalls;

  constructor(
    services: Services,
    private readonly work: WorkBelow,
  ) {
    this.integrations = new IntegrationCalls(services);
  }

  /**
   * The integrations and agents of an agent's settings. Throws `AgentFailure` for what cannot be used, and `ServiceAwayError`
   * while that cannot be told.
   */
  async of(execution: ExecutionRecord, settings: LlmSettings): Promise<AgentTool[]> {
    const { integrationTools: integrations = [], agentTools: agents = [] } = settings;
    const operations = await Promise.all(
      integrations.map((each) => integrationTools(this.integrations, execution, each)),
    );
    const others = await Promise.all(agents.map((each) => agentTool(this.work, execution, each)));
    const tools = [...operations.flat(), ...others.filter((each) => each !== null)];
    const names = tools.map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice === undefined) return tools;
    const message = `Two tools have the name ${twice}: give one of the integrations a prefix.`;
    throw new AgentFailure('TOOL_NAME_TAKEN', message, { retryable: false });
  }
}
