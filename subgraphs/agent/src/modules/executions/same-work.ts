import { isAnotherRequest, requestDigest } from '@flowmesh/platform/idempotency';
import type { AgentRecord } from '../agents/agent-record.ts';
import type { ExecuteAgentInput } from './execution-input.ts';
import type { ExecutionRecord } from './execution-record.ts';

/** What the work is limited to: as asked, within what the agent allows. */
export const limitsOf = (agent: AgentRecord, { timeoutSeconds, maxAttempts }: ExecuteAgentInput) => ({
  timeoutSeconds: Math.min(timeoutSeconds ?? agent.timeoutSeconds, agent.timeoutSeconds),
  maxAttempts: maxAttempts ?? agent.retryPolicy.maxAttempts,
});

/** Of work under an idempotency key, as it is stored; limits equal to the agent's count as left out. */
export function digestFor(agent: AgentRecord, input: ExecuteAgentInput): string | null {
  const limits = limitsOf(agent, input);
  return digestOf({
    ...input,
    timeoutSeconds: limits.timeoutSeconds === agent.timeoutSeconds ? null : input.timeoutSeconds,
    maxAttempts: limits.maxAttempts === agent.retryPolicy.maxAttempts ? null : input.maxAttempts,
  });
}

/** Whether the same key was used for something else. */
export const isOtherWork = (execution: ExecutionRecord, input: ExecuteAgentInput): boolean =>
  waysToAsk(execution, input).every((asked) => isAnotherRequest(execution.requestDigest, digestOf(asked)));

/**
 * Equivalent forms of the input for comparing requests with the same key: limits equal to the agent's at that time may have
 * been left out. The agent may have other limits by now.
 */
function waysToAsk(execution: ExecutionRecord, input: ExecuteAgentInput): ExecuteAgentInput[] {
  const { timeoutSeconds, maxAttempts } = input;
  const allowed = timeoutSeconds != null && timeoutSeconds >= execution.timeoutSeconds;
  const timeouts = allowed ? [timeoutSeconds, null] : [timeoutSeconds];
  const attempts = maxAttempts === execution.maxAttempts ? [maxAttempts, null] : [maxAttempts];
  return timeouts.flatMap((timeout) =>
    attempts.map((most) => ({ ...input, timeoutSeconds: timeout, maxAttempts: most })),
  );
}

/** How long the caller waits is not part of the work. */
const digestOf = ({ idempotencyKey, ...given }: ExecuteAgentInput): string | null => {
  const { input, timeoutSeconds, maxAttempts, contextId, contextVersion } = given;
  return idempotencyKey == null
    ? null
    : requestDigest({ input, timeoutSeconds, maxAttempts, contextId, contextVersion });
};
