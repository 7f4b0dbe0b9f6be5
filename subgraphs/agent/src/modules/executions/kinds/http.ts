import { GuardedHttpError, retryAfterMs, webhookHeaders, type GuardedHttp } from '@flowmesh/platform/http';
import { AgentFailure } from './agent-failure.ts';
import type { AgentRunner, AgentTask } from './agent-runner.ts';
import { readEventStream, readJsonAnswer } from './http-answer.ts';

const MAX_ANSWER_BYTES = 5 * 1024 * 1024;
/** Longer requests to wait are not honoured in full. */
const MAX_RETRY_AFTER_MS = 600_000;

interface HttpSettings {
  readonly url: string;
}

interface HttpSecrets {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signingSecret?: string;
}

function isRetryable(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** How long the agent asks to wait, within bounds. */
function waitOf(header: string | null): number | undefined {
  const wait = retryAfterMs(header);
  return wait === undefined ? undefined : Math.min(wait, MAX_RETRY_AFTER_MS);
}

async function failureOf(response: Response): Promise<AgentFailure> {
  const detail = (await response.text().catch(() => '')).slice(0, 500).trim();
  return new AgentFailure('HTTP_STATUS', `The agent answered ${response.status}${detail ? `: ${detail}` : '.'}`, {
    retryable: isRetryable(response.status),
    isFault: response.status === 408 || response.status >= 500,
    isUnanswered: response.status === 429,
    retryAfterMs: waitOf(response.headers.get('retry-after')),
  });
}

/** A failed call as a failed attempt. */
export function connectionFailure(error: GuardedHttpError): AgentFailure {
  const retryable = error.code === 'CONNECTION' || error.code === 'TIMEOUT';
  return new AgentFailure(error.code, error.message, {
    retryable,
    isFault: retryable,
    isUnanswered: !retryable,
    cause: error,
  });
}

function headersOf(task: AgentTask, body: string): Record<string, string> {
  const secrets = task.secrets as HttpSecrets;
  return {
    accept: 'application/json, text/event-stream',
    'user-agent': 'flowmesh',
    ...secrets.headers,
    'content-type': 'application/json',
    // The same for each attempt, so that the agent can tell a repetition.
    'idempotency-key': task.executionId,
    ...(secrets.signingSecret ? webhookHeaders(secrets.signingSecret, task.executionId, body) : {}),
  };
}

/** What is known, as the agent is told. */
const contextOf = async ({ context }: AgentTask) =>
  context && { id: context.id, version: context.version, value: await context.value() };

/** POSTs the work to the agent's address, signed when it has a secret; reads JSON or server-sent events. */
export function createHttpRunner(http: GuardedHttp): AgentRunner {
  return {
    kind: 'HTTP',
    async run(task, { signal, emit, log }) {
      const { url } = task.configuration as HttpSettings;
      const { executionId, agentId, input, attempt } = task;
      const context = await contextOf(task);
      const body = JSON.stringify({ executionId, agentId, input, attempt, ...(context && { context }) });
      try {
        const response = await http.request(url, {
          method: 'POST',
          headers: headersOf(task, body),
          body,
          deadlineMs: task.timeoutMs,
          maxBytes: MAX_ANSWER_BYTES,
          signal,
        });
        if (!response.ok) throw await failureOf(response);
        const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
        return isStream ? await readEventStream(response, { emit, log }) : await readJsonAnswer(response);
      } catch (error) {
        throw error instanceof GuardedHttpError ? connectionFailure(error) : error;
      }
    },
  };
}
