import { GuardedHttpError } from '@flowmesh/platform/http';
import { AgentFailure } from '../executions/kinds/agent-failure.ts';
import { connectionFailure } from '../executions/kinds/http.ts';

// Codes of JSON-RPC and of the SDK. The SDK itself is only loaded when it is used.
const CONNECTION_CLOSED = -32_000;
const REQUEST_TIMEOUT = -32_001;
const INVALID_PARAMS = -32_602;

const isRetryable = (status: number): boolean => status === 408 || status === 429 || status >= 500;

interface Coded {
  readonly name: string;
  readonly code: number;
  readonly message: string;
}

const isCoded = (error: unknown): error is Error & Coded =>
  error instanceof Error && 'code' in error && typeof error.code === 'number';

function httpFailure({ code, message }: Coded): AgentFailure {
  if (code < 100) return new AgentFailure('INVALID_OUTPUT', `The MCP server: ${message}`, { retryable: false });
  return new AgentFailure('HTTP_STATUS', `The MCP server answered ${code}: ${message}`, {
    retryable: isRetryable(code),
    isFault: code === 408 || code >= 500,
    isUnanswered: code === 429,
  });
}

function protocolFailure({ code, message }: Coded): AgentFailure {
  if (code === CONNECTION_CLOSED || code === REQUEST_TIMEOUT) {
    const told = code === REQUEST_TIMEOUT ? 'TIMEOUT' : 'CONNECTION';
    return new AgentFailure(told, `The MCP server: ${message}`, { retryable: true, isFault: true });
  }
  const told = code === INVALID_PARAMS ? 'INVALID_INPUT' : 'AGENT_CODE';
  return new AgentFailure(told, `The MCP server refused the call: ${message}`, { retryable: false });
}

/** What an MCP server or its client threw, as the failure of an attempt. */
export function mcpFailure(error: unknown): AgentFailure {
  if (error instanceof AgentFailure) return error;
  if (error instanceof GuardedHttpError) return connectionFailure(error);
  if (error instanceof Error && error.cause instanceof GuardedHttpError) return connectionFailure(error.cause);
  if (isCoded(error)) return error.name === 'McpError' ? protocolFailure(error) : httpFailure(error);
  const isFormat = error instanceof Error && (error.name === 'ZodError' || error.name === '$ZodError');
  // A RangeError: nested so deep that the client cannot read it.
  if (isFormat || error instanceof SyntaxError || error instanceof RangeError) {
    return new AgentFailure('INVALID_OUTPUT', 'The MCP server has answered something that is no MCP.', {
      retryable: false,
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new AgentFailure('CONNECTION', `The MCP server: ${message}`, { retryable: true, isFault: true, cause: error });
}
