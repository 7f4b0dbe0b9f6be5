import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { VIEWER_HEADER, type SignViewer } from '../access/index.ts';
import { unavailable } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import { toGraphQLErrors } from './result-json.ts';
import type { CallContext, GraphQLRequest } from './source.ts';

export interface RemoteStreamOptions {
  readonly name: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly signViewer: SignViewer;
  readonly logger?: Logger | undefined;
}

/** Subscriptions of a subgraph in another process, all over one graphql-ws connection that is opened when needed. */
export interface RemoteStreams {
  subscribe(request: GraphQLRequest, call: CallContext): AsyncIterableIterator<ExecutionResult>;
  close(): Promise<void>;
}

const IDLE_CLOSE_MS = 5_000;
const PING_MS = 10_000;
/** A connection that has not answered a ping by then is dead, whatever the network says. */
const PONG_MS = 5_000;
const START_ATTEMPTS = 4;
const START_DELAY_MS = 150;

/**
 * A stream is begun again only while nothing of it has arrived: later the subgraph could not know what was missed, and
 * a gap would go unnoticed. A connection that is lost then ends its streams with UNAVAILABLE, and clients resume with
 * `after`.
 */
export function createRemoteStreams({ name, url, signViewer, logger }: RemoteStreamOptions): RemoteStreams {
  let client: Client | undefined;
  const connection = (): Client => {
    if (client) return client;
    let pongTimer: NodeJS.Timeout | undefined;
    const created = createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: true,
      lazyCloseTimeout: IDLE_CLOSE_MS,
      keepAlive: PING_MS,
      retryAttempts: 0,
      connectionParams: async () => ({
        [VIEWER_HEADER]: await signViewer({ kind: 'service', service: 'gateway', userId: 'gateway', scopes: [] }, name),
      }),
      on: {
        ping: (received) => {
          if (!received) pongTimer = setTimeout(() => created.terminate(), PONG_MS).unref();
        },
        pong: (received) => {
          if (received) clearTimeout(pongTimer);
        },
        closed: () => clearTimeout(pongTimer),
      },
    });
    return (client = created);
  };

  const open = async ({ query, operationName, variables }: GraphQLRequest, call: CallContext) => {
    const extensions = { [VIEWER_HEADER]: await signViewer(call.viewer, name, call.client), requestId: call.requestId };
    return connection().iterate({ query, operationName, variables: { ...variables }, extensions });
  };

  return {
    subscribe: (request, call) => new RemoteStream(name, () => open(request, call), logger),
    close: async () => client?.dispose(),
  };
}

class RemoteStream implements AsyncIterableIterator<ExecutionResult> {
  private messages: AsyncIterableIterator<unknown> | undefined;
  private begun = false;
  private ended = false;

  constructor(
    private readonly name: string,
    private readonly open: () => Promise<AsyncIterableIterator<unknown>>,
    private readonly logger: Logger | undefined,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Rejects with UNAVAILABLE when the connection is lost. */
  async next(): Promise<IteratorResult<ExecutionResult>> {
    for (let attempt = 1; !this.ended; attempt++) {
      try {
        const result = await this.nextMessage();
        this.begun = true;
        if (result.done) break;
        return { value: toExecutionResult(result.value), done: false };
      } catch (error) {
        if (this.ended) break;
        // The subgraph has refused the operation: graphql-ws gives its errors as a list.
        if (Array.isArray(error)) {
          this.ended = true;
          return { value: { errors: toGraphQLErrors(error as GraphQLFormattedError[]) }, done: false };
        }
        if (this.begun || attempt >= START_ATTEMPTS) {
          this.ended = true;
          this.logger?.warn({ err: asError(error), subgraph: this.name }, 'a stream was lost');
          throw unavailable(`The connection to the ${this.name} service was lost; subscribe again with \`after\`.`);
        }
        this.messages = undefined;
        await new Promise((resolve) => setTimeout(resolve, START_DELAY_MS * 2 ** (attempt - 1)));
      }
    }
    this.ended = true;
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.ended = true;
    await this.messages?.return?.();
    return { value: undefined, done: true };
  }

  private async nextMessage(): Promise<IteratorResult<unknown>> {
    if (!this.messages) {
      const opened = await this.open();
      if (this.ended) {
        await opened.return?.();
        return { value: undefined, done: true };
      }
      this.messages = opened;
    }
    return this.messages.next();
  }
}

function toExecutionResult(message: unknown): ExecutionResult {
  const { data, errors } = message as { data?: ExecutionResult['data']; errors?: readonly GraphQLFormattedError[] };
  return errors ? { data, errors: toGraphQLErrors(errors) } : { data };
}

/** graphql-ws rejects with errors, and with close events of the socket. */
function asError(value: unknown): Error {
  if (value instanceof Error) return value;
  const { code, reason } = (value ?? {}) as { code?: unknown; reason?: unknown };
  return new Error(`the socket was closed: ${String(code)} ${String(reason ?? '')}`.trim());
}
