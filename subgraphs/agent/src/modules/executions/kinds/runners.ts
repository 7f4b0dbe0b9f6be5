import type { GuardedHttp } from '@flowmesh/platform/http';
import type { PolicyChain } from '@flowmesh/platform/resilience';
import type { AgentKind } from '../../agents/agent-record.ts';
import type { AgentRunner } from './agent-runner.ts';
import { createBuiltinRunner } from './builtin.ts';
import { createHttpRunner } from './http.ts';
import { createLlmRunner } from './llm/llm.ts';
import type { ModelPrices } from './llm/model-prices.ts';
import { protectedRunner } from './protected-runner.ts';

/** One runner for each kind of agent. */
export type AgentRunners = Readonly<Record<AgentKind, AgentRunner>>;

export interface RunnerParts {
  readonly http: GuardedHttp;
  readonly chain: PolicyChain;
  /** What models cost, as the operator says. */
  readonly prices: ModelPrices;
}

export function createRunners({ http, chain, prices }: RunnerParts): AgentRunners {
  return {
    BUILTIN: createBuiltinRunner(),
    HTTP: protectedRunner(createHttpRunner(http), chain),
    // Each of its models has a circuit of its own.
    LLM: createLlmRunner({ http, chain, prices }),
  };
}
