import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { VIEWER_HEADER, type SignViewer } from '../access/index.ts';
import { unavailable } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import { CallError, NoAnswerError, type ServiceCalls } from '../resilience/index.ts';
import { ACKNOWLEDGE, isAcknowledgement } from './acknowledgement.ts';
import { createRemoteConnection, type RemoteConnection } from './remote-connection.ts';
import { toGraphQLErrors } from './result-json.ts';
import type { CallContext, GraphQLRequest } from './source.ts';

export interface RemoteStreamOptions {
  readonly name: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly signViewer: SignViewer;
  /** A subgraph that has neither begun a stream nor refused it by then does not answer. */
  readonly startTimeoutMs: number;
  /** How long the connection stays open without a stream. */
  readonly idleCloseMs: number;
  /** To the subgraph; the start of a stream is one. */
  readonly calls: ServiceCalls;
  readonly logger?: Logger | undefined;
}

/** Subscriptions of a subgraph in another process, all over one graphql-ws connection that is opened when needed. */
export interface RemoteStreams {
  /**
   * The stream when the subgraph says that it has begun, its one answer when it refuses. Rejects with UNAVAILABLE when
   * neither comes.
   */
  subscribe(
    request: GraphQLRequest,
    call: CallContext,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
  close(): Promise<void>;
}

const START_ATTEMPTS = 4;
const START_DELAY_MS = 150;

/**
 * A stream is only retried while nothing of it has arrived: later, the subgraph could not know what was missed, and
 * a gap would go unnoticed. A connection that is lost then ends its streams with UNAVAILABLE, and clients resume with
 * `after`.
 */
export function createRemoteStreams(options: RemoteStreamOptions): RemoteStreams {
  const { name, url, signViewer, idleCloseMs } = options;
  let opened: RemoteConnection | undefined;
  const parameters = async () => ({
    [VIEWER_HEADER]: signViewer({ kind: 'service', service: 'gateway', userId: 'gateway', scopes: [] }, name),
  });
  const connection = (): RemoteConnection => (opened ??= createRemoteConnection(url, parameters, idleCloseMs));

  const open = async ({ query, operationName, variables }: GraphQLRequest, call: CallContext) => {
    const extensions = {
      [VIEWER_HEADER]: signViewer(call.viewer, name, call.client),
      requestId: call.requestId,
      ...ACKNOWLEDGE,
    };
    return connection().iterate({ query, operationName, variables: { ...variables }, extensions });
  };

  return {
    async subscribe(request, call) {
      const stream = new RemoteStream(options, () => open(request, call));
      return (await stream.begin()) ?? stream;
    },
    close: async () => opened?.close(),
  };
}

class RemoteStream implements AsyncIterableIterator<ExecutionResult> {
  private messages: AsyncIterableIterator<unknown> | undefined;
  /** Something of it has arrived. */
  private begun = false;
  private ended = false;
  private attempts = 0;

  constructor(
    private readonly options: RemoteStreamOptions,
    private readonly open: () => Promise<AsyncIterableIterator<unknown>>,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * Waits until the subgraph has accepted the subscription; else gives its refusal. Rejects with UNAVAILABLE when the
   * connection cannot be had, and when the subgraph is silent, or known to be.
   */
  async begin(): Promise<ExecutionResult | null> {
    const { startTimeoutMs, calls } = this.options;
    const accepted = () =>
      this.accepted().catch((error: unknown) => {
        throw new NoAnswerError(error);
      });
    try {
      const refusal = await calls.run(accepted, { timeoutMs: startTimeoutMs });
      if (refusal) await this.return();
      return refusal;
    } catch (error) {
      await this.return();
      throw this.notBegun(error);
    }
  }

  /** Rejects with UNAVAILABLE when the connection is lost. */
  async next(): Promise<IteratorResult<ExecutionResult>> {
    while (!this.ended && this.messages) {
      try {
        const { done, value } = await this.messages.next();
        if (done) break;
        this.begun = true;
        return { value: toExecutionResult(value), done: false };
      } catch (error) {
        if (this.ended) break;
        const refusal = refusalOf(error) ?? (await this.beginAgain(error));
        if (refusal) {
          this.ended = true;
          return { value: refusal, done: false };
        }
      }
    }
    this.ended = true;
    return END;
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.ended = true;
    await this.messages?.return?.();
    return END;
  }

  private beginAgain(error: unknown): Promise<ExecutionResult | null> {
    this.attempts += 1;
    if (this.begun || this.attempts >= START_ATTEMPTS) this.lost(error);
    return this.begin();
  }

  /** Null when the subgraph has accepted the subscription, or nobody waits for it any more. */
  private async accepted(): Promise<ExecutionResult | null> {
    while (!this.ended) {
      let first: IteratorResult<unknown>;
      try {
        const messages = await this.open();
        if (this.ended) {
          await messages.return?.();
          return null;
        }
        this.messages = messages;
        first = await messages.next();
      } catch (error) {
        if (this.ended) return null;
        const refusal = refusalOf(error);
        if (refusal) return refusal;
        this.attempts += 1;
        if (this.attempts >= START_ATTEMPTS) this.lost(error);
        await new Promise((resolve) => setTimeout(resolve, START_DELAY_MS * 2 ** (this.attempts - 1)));
        continue;
      }
      if (this.ended || isAcknowledgement(first.value)) return null;
      return first.done ? this.lost(new Error('it ended before it had begun')) : toExecutionResult(first.value);
    }
    return null;
  }

  private notBegun(error: unknown): unknown {
    if (error instanceof NoAnswerError) return error.cause;
    if (!(error instanceof CallError)) return error;
    const { startTimeoutMs, name, logger } = this.options;
    logger?.warn({ subgraph: name, timeoutMs: startTimeoutMs }, 'a stream could not be begun');
    return unavailable(`The ${name} service does not answer; subscribe again.`);
  }

  private lost(error: unknown): never {
    this.ended = true;
    const { name, logger } = this.options;
    logger?.warn({ err: asError(error), subgraph: name }, 'a stream was lost');
    throw unavailable(`The connection to the ${name} service was lost; subscribe again with \`after\`.`);
  }
}

const END: IteratorResult<ExecutionResult> = { value: undefined, done: true };

/** graphql-ws rejects with the list of errors when an operation is refused. */
function refusalOf(error: unknown): ExecutionResult | null {
  return Array.isArray(error) ? { errors: toGraphQLErrors(error as GraphQLFormattedError[]) } : null;
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
