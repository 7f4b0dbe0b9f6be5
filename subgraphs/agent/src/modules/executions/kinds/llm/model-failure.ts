import { GuardedHttpError } from '@flowmesh/platform/http';
import { ServiceAwayError } from '@flowmesh/platform/services';
import { AgentFailure, AgentWaits } from '../agent-failure.ts';
import { connectionFailure } from '../http.ts';

function retryAfterMs(headers: Readonly<Record<string, string>> | undefined): number | undefined {
  const seconds = Number(headers?.['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, 600_000) : undefined;
}

/** What went wrong with a model, as a failed attempt. */
export async function modelFailure(error: unknown): Promise<AgentFailure | AgentWaits | ServiceAwayError> {
  const { APICallError } = await import('ai');
  if (error instanceof AgentFailure || error instanceof AgentWaits || error instanceof ServiceAwayError) return error;
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof GuardedHttpError) return connectionFailure(at);
  }
  if (APICallError.isInstance(error)) {
    const status = error.statusCode;
    const retryable = status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
    const message = `The model’s server answered ${status ?? 'nothing usable'}: ${error.message}`;
    return new AgentFailure('MODEL', message, {
      retryable,
      retryAfterMs: retryAfterMs(error.responseHeaders),
      isFault: status === undefined || status === 408 || status >= 500,
      isUnanswered: status === 429,
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : 'The model failed.';
  return new AgentFailure('MODEL', message, { retryable: true, cause: error });
}

/** Whether another model may do better: this one is overloaded, broken, or does not answer. */
export const mayFallBack = (error: unknown): boolean =>
  error instanceof AgentWaits ||
  (error instanceof AgentFailure && (error.options.isFault === true || error.options.isUnanswered === true));
