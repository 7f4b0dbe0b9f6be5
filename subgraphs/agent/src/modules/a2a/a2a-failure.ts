import { GuardedHttpError } from '@flowmesh/platform/http';
import { AgentFailure } from '../executions/kinds/agent-failure.ts';
import { connectionFailure } from '../executions/kinds/http.ts';

const STATUS = /(?:status|Status|HTTP error)[^\d]{0,12}(\d{3})/;

/** The causes of an error, itself first. */
function* causesOf(error: unknown): Generator<unknown> {
  for (let at: unknown = error, depth = 0; at !== undefined && depth < 5; depth += 1) {
    yield at;
    at = at instanceof Error ? at.cause : undefined;
  }
}

/** What the other agent, or the client of the SDK, threw, as the failure of an attempt. */
export function a2aFailure(error: unknown): AgentFailure {
  if (error instanceof AgentFailure) return error;
  const guarded = [...causesOf(error)].find((cause) => cause instanceof GuardedHttpError);
  if (guarded instanceof GuardedHttpError) return connectionFailure(guarded);
  const message = `The agent: ${error instanceof Error ? error.message : String(error)}`;
  const status = Number(STATUS.exec(message)?.[1] ?? 0);
  if (status >= 300) {
    const retryable = status === 408 || status === 429 || status >= 500;
    const isFault = status === 408 || status >= 500;
    return new AgentFailure('HTTP_STATUS', message, { retryable, isFault, isUnanswered: status === 429, cause: error });
  }
  // A RangeError: nested so deep that the client cannot read it.
  if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) {
    return new AgentFailure('INVALID_OUTPUT', 'The agent has answered something that is no A2A.', {
      retryable: false,
      cause: error,
    });
  }
  return new AgentFailure('AGENT_CODE', message, { retryable: false, cause: error });
}
