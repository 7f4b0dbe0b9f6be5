import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { VIEWER_HEADER, type SignViewer } from '../access/index.ts';
import { NoAnswerError, type Circuit } from '../circuit/index.ts';
import { unavailable } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import { createRemoteConnection, type RemoteConnection } from './remote-connection.ts';
import { toGraphQLErrors } from './result-json.ts';
import type { CallContext, GraphQLRequest } from './source.ts';

export interface RemoteStreamOptions {
  readonly name: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly signViewer: SignViewer;
  /** A subgraph of which nothing at all was heard for so long since a stream was asked for does not answer. */
  readonly startTimeoutMs: number;
  /** Of the subgraph; the start of a stream is a call. */
  readonly circuit: Circuit;
  readonly logger?: Logger | undefined;
}

/** Subscriptions of a subgraph in another process, all over one graphql-ws connection that is opened when needed. */
export interface RemoteStreams {
  subscribe(request: GraphQLRequest, call: CallContext): AsyncIterableIterator<ExecutionResult>;
  close(): Promise<void>;
}

const START_ATTEMPTS = 4;
const START_DELAY_MS = 150;
/** Whoever asked for a stream has gone before anything was heard: that says nothing about the subgraph. */
const LEFT = new Error('The subscriber has left.');

/**
 * A stream is begun again only while nothing of it has arrived: later the subgraph could not know what was missed, and
 * a gap would go unnoticed. A connection that is lost then ends its streams with UNAVAILABLE, and clients resume with
 * `after`.
 */
export function createRemoteStreams(options: RemoteStreamOptions): RemoteStreams {
  const { name, url, signViewer } = options;
  let opened: RemoteConnection | undefined;
  const connection = (): RemoteConnection =>
    (opened ??= createRemoteConnection(url, async () => ({
      [VIEWER_HEADER]: await signViewer({ kind: 'service', service: 'gateway', userId: 'gateway', scopes: [] }, name),
    })));

  const open = async ({ query, operationName, variables }: GraphQLRequest, call: CallContext) => {
    const extensions = { [VIEWER_HEADER]: await signViewer(call.viewer, name, call.client), requestId: call.requestId };
    return connection().iterate({ query, operationName, variables: { ...variables }, extensions });
  };

  return {
    subscribe: (request, call) => new RemoteStream(options, connection, () => open(request, call)),
    close: async () => opened?.close(),
  };
}

class RemoteStream implements AsyncIterableIterator<ExecutionResult> {
  private messages: AsyncIterableIterator<unknown> | undefined;
  private begun = false;
  private ended = false;

  constructor(
    private readonly options: RemoteStreamOptions,
    private readonly connection: () => RemoteConnection,
    private readonly open: () => Promise<AsyncIterableIterator<unknown>>,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * Rejects with UNAVAILABLE when the connection is lost, and when the subgraph is silent from the beginning, or known to
   * be.
   */
  async next(): Promise<IteratorResult<ExecutionResult>> {
    if (this.begun || this.ended) return this.nextResult();
    let first: Promise<IteratorResult<ExecutionResult>> | undefined;
    try {
      await this.options.circuit.run(() => this.signOfLife((first = this.nextResult())));
    } catch (error) {
      if (error !== LEFT) {
        await this.return();
        throw error instanceof NoAnswerError ? error.cause : error;
      }
    }
    return first ?? this.nextResult();
  }

  /**
   * Resolves when anything has come from the subgraph. A stream that goes on behind `after` may have nothing to tell for
   * hours; that the subgraph is there is heard.
   */
  private async signOfLife(first: Promise<unknown>): Promise<void> {
    const { startTimeoutMs, name, logger } = this.options;
    const since = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        logger?.warn({ subgraph: name, timeoutMs: startTimeoutMs }, 'a stream could not be begun');
        reject(unavailable(`The ${name} service does not answer; subscribe again.`));
      }, startTimeoutMs);
    });
    try {
      await Promise.race([first, this.connection().knock(), silence]);
    } catch (error) {
      throw new NoAnswerError(error);
    } finally {
      clearTimeout(timer);
    }
    if (!this.connection().heardSince(since)) throw LEFT;
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.ended = true;
    await this.messages?.return?.();
    return { value: undefined, done: true };
  }

  private async nextResult(): Promise<IteratorResult<ExecutionResult>> {
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
          const { name, logger } = this.options;
          logger?.warn({ err: asError(error), subgraph: name }, 'a stream was lost');
          throw unavailable(`The connection to the ${name} service was lost; subscribe again with \`after\`.`);
        }
        this.messages = undefined;
        await new Promise((resolve) => setTimeout(resolve, START_DELAY_MS * 2 ** (attempt - 1)));
      }
    }
    this.ended = true;
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
