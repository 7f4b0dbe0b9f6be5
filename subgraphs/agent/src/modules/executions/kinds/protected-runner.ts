import {
  CallError,
  CallRefused,
  DEFAULT_POLICY,
  type BreakerRules,
  type CallPolicy,
  type PolicyChain,
} from '@flowmesh/platform/resilience';
import { AgentFailure, AgentWaits } from './agent-failure.ts';
import type { AgentResult, AgentRunner } from './agent-runner.ts';

export const AGENT_BREAKER: BreakerRules = {
  failureRatePercent: 50,
  windowSeconds: 60,
  minimumCalls: 5,
  openSeconds: 15,
};

/** Concurrency is limited by the agent’s own setting, and attempts are repeated by its own policy, which outlives a process. */
const POLICY: Omit<CallPolicy, 'timeoutMs'> = {
  ...DEFAULT_POLICY,
  maxConcurrency: 1_000,
  maxWaiting: 0,
  circuitBreaker: AGENT_BREAKER,
  retry: { maxAttempts: 1, initialDelayMs: 0, maxDelayMs: 0 },
};

/**
 * A runner that calls something outside, through the policy chain: throws `AgentWaits` instead of calling it while its
 * circuit is open or it has asked to wait.
 */
export function protectedRunner({ kind, run }: AgentRunner, chain: PolicyChain): AgentRunner {
  return {
    kind,
    async run(task, controls): Promise<AgentResult> {
      const { agentId: key, timeoutMs } = task;
      const work = (signal: AbortSignal) => run(task, { ...controls, signal }).catch(asCallError);
      try {
        const policy = { ...POLICY, timeoutMs };
        return (await chain.run({ key, policy, entry: null, work, signal: controls.signal })).value;
      } catch (error) {
        if (error instanceof CallRefused) throw new AgentWaits(error.message, error.retryAfterMs);
        if (!(error instanceof CallError)) throw error;
        if (error.cause instanceof AgentFailure) throw error.cause;
        const message = error.code === 'TIMEOUT' ? `No result within ${timeoutMs / 1_000} s.` : error.message;
        throw new AgentFailure(error.code, message, { retryable: true, cause: error });
      }
    },
  };
}

/** What the chain makes of a failed attempt; an agent that refuses the work, or does it badly, works. */
function asCallError(error: unknown): never {
  if (!(error instanceof AgentFailure)) throw error;
  const { isFault: fault = false, isUnanswered = false, retryAfterMs } = error.options;
  throw new CallError(error.code, error.message, { retryable: isUnanswered, fault, retryAfterMs, cause: error });
}
