import type { GuardedHttp } from '@flowmesh/platform/http';
import type { PolicyChain } from '@flowmesh/platform/resilience';
import type { AgentKind } from '../../agents/agent-record.ts';
import type { A2aModule } from '../../a2a/a2a.ts';
import type { McpModule } from '../../mcp/mcp.ts';
import type { AgentRunner } from './agent-runner.ts';
import { createA2aRunner } from './a2a.ts';
import { createBuiltinRunner } from './builtin.ts';
import { createHttpRunner } from './http.ts';
import { createLlmRunner } from './llm/llm.ts';
import type { ModelPrices } from './llm/model-prices.ts';
import { createMcpRunner } from './mcp.ts';
import { protectedRunner } from './protected-runner.ts';

/** One runner for each kind of agent. */
export type AgentRunners = Readonly<Record<AgentKind, AgentRunner>>;

export interface RunnerParts {
  readonly http: GuardedHttp;
  readonly chain: PolicyChain;
  /** What models cost, as the operator says. */
  readonly prices: ModelPrices;
  readonly mcp: McpModule;
  readonly a2a: A2aModule;
}

export function createRunners({ http, chain, prices, mcp, a2a }: RunnerParts): AgentRunners {
  return {
    BUILTIN: createBuiltinRunner(),
    HTTP: protectedRunner(createHttpRunner(http), chain),
    // Each of its models has a circuit of its own.
    LLM: createLlmRunner({ http, chain, prices }),
    A2A: protectedRunner(createA2aRunner(a2a), chain),
    MCP: protectedRunner(createMcpRunner(mcp.servers, mcp.tools), chain),
  };
}
