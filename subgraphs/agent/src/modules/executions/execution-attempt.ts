import type { ContextClient } from '@flowmesh/platform/context-use';
import type { Logger } from '@flowmesh/platform/logging';
import { ErrorCode, isOutage, PublicError } from '@flowmesh/platform/errors';
import { validateAgainst } from '@flowmesh/platform/json-schema';
import { nextTryInMs, ServiceAwayError } from '@flowmesh/platform/services';
import { BUDGET_EXCEEDED, CallLog } from '../calls/call-log.ts';
import type { CallStore } from '../calls/call-store.ts';
import type { AgentSecrets } from '../agents/agent-secrets.ts';
import type { RetryRules } from '../agents/agent-record.ts';
import { AgentContext } from './contexts/agent-context.ts';
import { maskedLine, maskedResult, maskedSpeech, maskOf } from './agent-mask.ts';
import type { ExecutionProblem } from './execution-record.ts';
import { AgentFailure, AgentWaits } from './kinds/agent-failure.ts';
import type { AgentResult, AgentTask, RunControls } from './kinds/agent-runner.ts';
import type { AgentLine } from './lines/agent-line.ts';
import type { AgentRunners } from './kinds/runners.ts';
import type { Claim, Ending, LeaseStore } from './lease-store.ts';
import { plainText, storableJson, storableText } from '@flowmesh/platform/validation';
import type { ExecutionTools } from './tools/execution-tools.ts';

/** Why a running attempt was aborted. */
export type AbortReason = 'stopped' | 'lease lost' | 'process ends' | 'time is up';

export type AttemptOutcome =
  | { readonly kind: 'end'; readonly ending: Ending }
  | { readonly kind: 'retry'; readonly error: ExecutionProblem; readonly delayMs: number }
  /** The agent was not called: not counted, and tried again when it may be. `error`: of what it waits for, if that is told. */
  | { readonly kind: 'waits'; readonly delayMs: number; readonly error?: ExecutionProblem }
  /** The process that ran it must not write a result. */
  | { readonly kind: 'aborted'; readonly reason: AbortReason };

/** Calls to the outside end themselves; this ends what forgets to. */
const GRACE_MS = 1_000;
/** How long an execution waits for a service of the product, from its first attempt on. */
const MAX_SERVICE_WAIT_MS = 900_000;
const MAX_OUTPUT_BYTES = 5 * 1024 * 1024;

interface AttemptParts {
  readonly runners: AgentRunners;
  readonly secrets: AgentSecrets;
  readonly contexts: ContextClient;
  readonly store: Pick<LeaseStore, 'noteContextRead'>;
  readonly calls: CallStore;
  readonly tools: ExecutionTools;
  readonly logger: Logger;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

class Aborted extends Error {}

/** Rejects as soon as the signal aborts, should the runner not notice. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(new Aborted());
    else signal.addEventListener('abort', () => reject(new Aborted()), { once: true });
  });
}

/** Between half and the whole of `initialDelayMs · multiplier^(n-1)`, at most `maxDelayMs`; longer when asked to. */
export function retryDelay(rules: RetryRules, attempt: number, retryAfterMs = 0, random = Math.random()): number {
  const whole = Math.min(rules.maxDelayMs, rules.initialDelayMs * rules.multiplier ** (attempt - 1));
  return Math.round(Math.max(retryAfterMs, whole * (0.5 + random / 2)));
}

async function checkedEnding(result: AgentResult, { agent, execution }: Claim): Promise<Ending> {
  const output = storableJson(result.output);
  const bytes = Buffer.byteLength(JSON.stringify(output));
  if (bytes > MAX_OUTPUT_BYTES) {
    const message = `The output has ${bytes} bytes as JSON, and at most ${MAX_OUTPUT_BYTES} are kept.`;
    throw new AgentFailure('TOO_LARGE', message, { retryable: false });
  }
  const { outputSchema, kind } = agent;
  const problems = outputSchema ? await validateAgainst(outputSchema, output, { owner: execution.startedById }) : [];
  if (problems.length > 0) {
    const list = problems.slice(0, 5).map(({ path, message }) => `${path || 'output'} ${message}`);
    // A model may well give another answer in the next attempt.
    const retryable = kind === 'LLM';
    throw new AgentFailure('INVALID_OUTPUT', `The output breaks the output schema: ${list.join('; ')}`, { retryable });
  }
  const outputText = result.outputText === undefined ? null : storableText(result.outputText);
  return { status: 'COMPLETED', output, outputText, usage: result.usage ?? null };
}

/** Runs one attempt to its end and says what is to be written. Never throws. */
export async function runAttempt(
  parts: AttemptParts,
  claim: Claim,
  abort: AbortController,
  { emit, log }: Omit<RunControls, 'signal'>,
): Promise<AttemptOutcome> {
  const { execution, agent } = claim;
  const timeoutMs = execution.timeoutSeconds * 1000;
  const graceMs = agent.kind === 'BUILTIN' ? 0 : GRACE_MS;
  const timer = setTimeout(() => abort.abort('time is up' satisfies AbortReason), timeoutMs + graceMs);
  const { signal } = abort;
  let mask = maskOf({});
  try {
    const secrets = parts.secrets.open(execution.agentId, agent.sealedSecrets);
    mask = maskOf(secrets);
    const task: AgentTask = {
      executionId: execution.id,
      agentId: execution.agentId,
      startedById: execution.startedById,
      attempt: execution.attempts,
      input: execution.input,
      context: AgentContext.of(parts.contexts, execution, () =>
        parts.store.noteContextRead({ id: execution.id, token: claim.token }),
      ),
      calls: new CallLog(parts.calls, { id: execution.id, token: claim.token }, mask, parts.published),
      tools: (settings) => parts.tools.of(execution, settings),
      configuration: agent.configuration,
      secrets,
      outputSchema: agent.outputSchema,
      timeoutMs,
    };
    const speech = maskedSpeech(mask, (delta) => !signal.aborted && emit(delta));
    const controls = {
      signal,
      emit: speech.write,
      log: (line: AgentLine) => !signal.aborted && log(maskedLine(line, mask)),
    };
    const work = parts.runners[agent.kind].run(task, controls).then((result) => {
      speech.end();
      return checkedEnding(maskedResult(result, mask), claim);
    });
    return { kind: 'end', ending: await Promise.race([work, whenAborted(signal)]) };
  } catch (error) {
    const reason = signal.aborted ? (signal.reason as AbortReason) : null;
    if (reason && reason !== 'time is up') return { kind: 'aborted', reason };
    if (error instanceof AgentWaits) return { kind: 'waits', delayMs: Math.ceil(error.forMs) };
    const waiting = !reason && isAway(error) && untilItAnswers(error, execution, parts.logger);
    if (waiting) return waiting;
    const failure = reason
      ? new AgentFailure('TIMEOUT', `No result within ${execution.timeoutSeconds} s.`, { retryable: true })
      : toFailure(error, parts.logger);
    const message = plainText(mask.text(failure.message));
    const problem = { code: failure.code, message, retryable: failure.options.retryable };
    if (!problem.retryable || execution.attempts >= execution.maxAttempts) {
      return { kind: 'end', ending: { status: 'FAILED', error: problem, stopReason: stopReasonOf(failure) } };
    }
    const delayMs = retryDelay(agent.retryPolicy, execution.attempts, failure.options.retryAfterMs);
    return { kind: 'retry', error: problem, delayMs };
  } finally {
    clearTimeout(timer);
  }
}

/** What has ended it from outside, if anything has. */
const stopReasonOf = ({ code }: AgentFailure): string | null => (code === BUDGET_EXCEEDED ? BUDGET_EXCEEDED : null);

/** Whether a part of the product does not answer; an agent that is outside of it has failed. */
const isAway = (error: unknown): boolean =>
  error instanceof ServiceAwayError ||
  (!(error instanceof AgentFailure) && !(error instanceof PublicError) && isOutage(error));

const AWAY = 'Something that the agent needs is not available.';

/**
 * The attempt goes on when what it needs is there again, and finds the calls that it has made. Null when that has been away for
 * too long.
 */
function untilItAnswers(cause: unknown, { startedAt }: Claim['execution'], logger: Logger): AttemptOutcome | null {
  const isService = cause instanceof ServiceAwayError;
  if (!isService) logger.warn({ err: cause }, 'an agent waits, as something that it needs is away');
  const message = isService ? cause.message : AWAY;
  const delayMs = nextTryInMs(Date.now() - (startedAt?.getTime() ?? Date.now()), MAX_SERVICE_WAIT_MS);
  const error = { code: ErrorCode.unavailable, message: `${message} It is asked again.`, retryable: true };
  return delayMs === null ? null : { kind: 'waits', error, delayMs };
}

/** Unexpected errors are logged completely, and shown without details. */
function toFailure(error: unknown, logger: Logger): AgentFailure {
  if (error instanceof AgentFailure) return error;
  if (error instanceof ServiceAwayError) {
    return new AgentFailure('SERVICE_UNAVAILABLE', error.message, { retryable: true, cause: error });
  }
  // Others are using what it needs.
  const { code, retryAfter } = error instanceof PublicError ? error.extensions : {};
  if (code === ErrorCode.rateLimited || code === ErrorCode.unavailable) {
    const retryAfterMs = typeof retryAfter === 'number' ? retryAfter * 1_000 : undefined;
    return new AgentFailure(code, (error as Error).message, { retryable: true, retryAfterMs, cause: error });
  }
  if (isOutage(error)) {
    logger.warn({ err: error }, 'an agent could not be run, as something it needs is away');
    return new AgentFailure(ErrorCode.unavailable, AWAY, {
      retryable: true,
      cause: error,
    });
  }
  logger.error({ err: error }, 'an agent failed unexpectedly');
  return new AgentFailure('INTERNAL', 'The agent failed unexpectedly.', { retryable: true, cause: error });
}
