import type { GuardedHttp } from '@flowmesh/platform/http';
import type { AgentKind } from '../../agents/agent-record.ts';
import type { AgentRunner } from './agent-runner.ts';
import { createBuiltinRunner } from './builtin.ts';
import { createHttpRunner } from './http.ts';
import { createLlmRunner } from './llm.ts';

/** One runner for each kind of agent. */
export type AgentRunners = Readonly<Record<AgentKind, AgentRunner>>;

export function createRunners(http: GuardedHttp): AgentRunners {
  return { BUILTIN: createBuiltinRunner(), HTTP: createHttpRunner(http), LLM: createLlmRunner(http) };
}
