import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js';
import type { jsonSchemaValidator, JsonSchemaValidator } from '@modelcontextprotocol/sdk/validation';
import { bulkhead, type BulkheadPolicy } from 'cockatiel';
import type { GuardedHttp } from '@flowmesh/platform/http';
import { VERSION } from '@flowmesh/platform/version';
import { AgentFailure } from '../executions/kinds/agent-failure.ts';
import { McpCalls } from './mcp-calls.ts';
import { mcpFailure } from './mcp-failure.ts';
import { createMcpFetch } from './mcp-http.ts';
import type { McpSettings } from './mcp-settings.ts';

/** Settings of an MCP agent, as they are stored. */
export interface McpTarget {
  readonly url: string | null;
  readonly server: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface McpUse {
  /** When it aborts, a running call is cancelled at the server, and the connection is closed within a second. */
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs: number;
}

/** Of one answer over HTTP, or of one message of a process. */
const MAX_ANSWER_BYTES = 5 * 1024 * 1024;
/** For saying good-bye, twice at most: what was begun is cancelled, and the session ended. */
const FAREWELL_MS = 400;
/** Executions that wait for a place to start a server; those beyond fail, and are tried again. */
const MAX_WAITING = 1_000;

/** Schemas of strangers are not compiled in this process; results are checked in the sandbox. */
const ACCEPTING: jsonSchemaValidator = {
  getValidator: <T>(): JsonSchemaValidator<T> => {
    return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
  },
};

interface Connection {
  readonly transport: Transport;
  readonly farewell: () => Promise<unknown>;
  readonly complaints: () => string;
}

/** Connects to MCP servers, for one piece of work each. */
export class McpServers {
  private readonly places: BulkheadPolicy;

  constructor(
    private readonly http: GuardedHttp,
    private readonly settings: McpSettings,
  ) {
    this.places = bulkhead(settings.atOnce, MAX_WAITING);
  }

  /** Does the work with a connection that ends with it. Throws `AgentFailure`. */
  async use<T>(target: McpTarget, { signal, deadlineMs }: McpUse, work: (calls: McpCalls) => Promise<T>): Promise<T> {
    const timeUp = AbortSignal.timeout(deadlineMs);
    const ends = signal ? AbortSignal.any([signal, timeUp]) : timeUp;
    const once = () => this.once(target, { signal: ends, deadlineMs }, work);
    try {
      return await (target.server === null ? once() : this.places.execute(once, ends));
    } catch (error) {
      if (timeUp.aborted && !signal?.aborted) {
        throw new AgentFailure('TIMEOUT', `No result within ${deadlineMs / 1_000} s.`, {
          retryable: true,
          isFault: true,
          cause: error,
        });
      }
      throw mcpFailure(error);
    }
  }

  private async once<T>(
    target: McpTarget,
    { signal, deadlineMs }: McpUse & { readonly signal: AbortSignal },
    work: (calls: McpCalls) => Promise<T>,
  ): Promise<T> {
    // Loaded with the first use: it takes as long as half of a start.
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const lost = new AbortController();
    const ends = AbortSignal.any([signal, lost.signal]);
    const { transport, farewell, complaints } = await this.open(target, deadlineMs, (error) => lost.abort(error));
    const notices = keepNotices(transport);
    const client: Client = new Client(
      { name: 'flowmesh', version: VERSION },
      { capabilities: {}, jsonSchemaValidator: ACCEPTING },
    );
    client.onerror = () => undefined;
    try {
      await client.connect(transport, { signal: ends, timeout: deadlineMs });
      return await work(new McpCalls(client, { signal: ends, timeout: deadlineMs }));
    } catch (error) {
      if (lost.signal.aborted) throw lost.signal.reason;
      throw explained(error, complaints());
    } finally {
      await within(FAREWELL_MS, notices.delivered());
      await within(FAREWELL_MS, farewell());
      await client.close().catch(() => undefined);
      await transport.close().catch(() => undefined);
    }
  }

  private async open(
    { url, server, headers }: McpTarget,
    deadlineMs: number,
    lost: (error: Error) => void,
  ): Promise<Connection> {
    if (server !== null) {
      const command = this.settings.servers.get(server);
      if (!command) {
        const message = `The operator does not allow a server ${JSON.stringify(server)} any more (MCP_SERVERS).`;
        throw new AgentFailure('INVALID_CONFIGURATION', message, { retryable: false });
      }
      const { McpProcess } = await import('./mcp-process.ts');
      const limits = { memoryMb: this.settings.memoryMb, maxMessageBytes: MAX_ANSWER_BYTES };
      const transport = new McpProcess(command, limits);
      return { transport, farewell: async () => undefined, complaints: () => transport.complaints };
    }
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
    // The farewell comes after the deadline.
    const fetch = this.http.fetchWith({ deadlineMs: deadlineMs + 2 * FAREWELL_MS, maxBytes: MAX_ANSWER_BYTES });
    const answered = new Set<RequestId>();
    const transport = new StreamableHTTPClientTransport(new URL(url ?? ''), {
      fetch: createMcpFetch(fetch, (id, error) => answered.has(id) || lost(error)),
      requestInit: { headers: { 'user-agent': 'flowmesh', ...headers } },
    });
    transport.onmessage = (message) => {
      if ('id' in message && message.id !== undefined && !('method' in message)) answered.add(message.id);
    };
    // The types of the SDK do not know exact optional properties.
    return { transport: transport as Transport, farewell: () => transport.terminateSession(), complaints: () => '' };
  }
}

/** Waits for what is to be told to the server: that a call is cancelled. */
function keepNotices(transport: Transport): { readonly delivered: () => Promise<unknown> } {
  const underWay = new Set<Promise<void>>();
  const send = transport.send.bind(transport);
  transport.send = (message: JSONRPCMessage, options) => {
    const sent = send(message, options);
    if ('id' in message) return sent;
    const settled = sent.catch(() => undefined).finally(() => underWay.delete(settled));
    underWay.add(settled);
    return sent;
  };
  return { delivered: () => Promise.all(underWay) };
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}

/** What a started server has said before it ended tells more than that it has. */
function explained(error: unknown, complaints: string): unknown {
  if (!complaints || !(error instanceof Error) || error instanceof AgentFailure) return error;
  error.message = `${error.message} (it said: ${complaints.slice(0, 500)})`;
  return error;
}
