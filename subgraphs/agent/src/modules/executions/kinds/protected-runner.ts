import {
  CallError,
  CallRefused,
  DEFAULT_POLICY,
  type BreakerRules,
  type CallPolicy,
  type PolicyChain,
} from '@flowmesh/platform/resilience';
import { AgentFailure, AgentWaits } from './agent-failure.ts';
import type { AgentRunner } from './agent-runner.ts';

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

export interface ProtectedWork<T> {
  /** Of the circuit. */
  readonly key: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly work: (signal: AbortSignal) => Promise<T>;
}

/**
 * Calls something outside through the policy chain: throws `AgentWaits` instead of calling it while its circuit is open or it
 * has asked to wait, and `AgentFailure` when the call failed.
 */
export async function callProtected<T>(
  chain: PolicyChain,
  { key, timeoutMs, signal, work }: ProtectedWork<T>,
): Promise<T> {
  const policy = { ...POLICY, timeoutMs };
  try {
    return (await chain.run({ key, policy, entry: null, work: (inner) => work(inner).catch(asCallError), signal }))
      .value;
  } catch (error) {
    if (error instanceof CallRefused) throw new AgentWaits(error.message, error.retryAfterMs);
    if (!(error instanceof CallError)) throw error;
    if (error.cause instanceof AgentFailure) throw error.cause;
    const timedOut = error.code === 'TIMEOUT';
    const message = timedOut ? `No result within ${timeoutMs / 1_000} s.` : error.message;
    throw new AgentFailure(error.code, message, { retryable: true, isFault: timedOut, cause: error });
  }
}

/** A runner that calls one thing outside, through the policy chain. */
export const protectedRunner = ({ kind, run }: AgentRunner, chain: PolicyChain): AgentRunner => ({
  kind,
  run: (task, controls) =>
    callProtected(chain, {
      key: task.agentId,
      timeoutMs: task.timeoutMs,
      signal: controls.signal,
      work: (signal) => run(task, { ...controls, signal }),
    }),
});

/** What the chain makes of a failed attempt; an agent that refuses the work, or does it badly, works. */
function asCallError(error: unknown): never {
  if (!(error instanceof AgentFailure)) throw error;
  const { isFault: fault = false, isUnanswered = false, retryAfterMs } = error.options;
  throw new CallError(error.code, error.message, { retryable: isUnanswered, fault, retryAfterMs, cause: error });
}
