import type { GuardedHttp } from '@flowmesh/platform/http';
import type { PolicyChain } from '@flowmesh/platform/resilience';
import type { AgentKind } from '../../agents/agent-record.ts';
import type { AgentRunner } from './agent-runner.ts';
import { createBuiltinRunner } from './builtin.ts';
import { createHttpRunner } from './http.ts';
import { createLlmRunner } from './llm.ts';
import { protectedRunner } from './protected-runner.ts';

/** One runner for each kind of agent. */
export type AgentRunners = Readonly<Record<AgentKind, AgentRunner>>;

export function createRunners(http: GuardedHttp, chain: PolicyChain): AgentRunners {
  return {
    BUILTIN: createBuiltinRunner(),
    HTTP: protectedRunner(createHttpRunner(http), chain),
    LLM: protectedRunner(createLlmRunner(http), chain),
  };
}
