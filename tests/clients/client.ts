import type { GraphError } from '../harness/graph.ts';

export type Variables = Record<string, unknown>;

/** Where a client is pointed at, and as whom. */
export interface Address {
  /** `http://host:port/graphql` */
  readonly url: string;
  readonly token: string | null;
}

/** What a client library hands to the application: data, GraphQL's errors, or that the connection failed. */
export interface Outcome {
  readonly data: unknown;
  readonly errors: readonly GraphError[];
  /** Close code of a WebSocket, or status of an answer, where the library tells the application no more than that. */
  readonly code?: number;
}

export interface Sink {
  next(outcome: Outcome): void;
  /** The stream is over for the client: complete, or (with the reason) lost. */
  ended(reason?: unknown): void;
}

/** The little that all client libraries have in common. */
export interface TestClient {
  query(document: string, variables: Variables): Promise<Outcome>;
  mutate(document: string, variables: Variables): Promise<Outcome>;
  /**
   * Absent where the library has no subscriptions. A client that connects anew by itself sends `variables` as they are
   * then, so the application can move its `after` on. Returns how to leave.
   */
  subscribe?(document: string, variables: Variables, sink: Sink): () => void;
  close(): void | Promise<void>;
}

export type MakeClient = (to: Address) => TestClient;

/** Headers of a signed-in client. */
export const authorization = ({ token }: Address): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` };

export const socketUrl = ({ url }: Address): string => url.replace(/^http/, 'ws');

/** Of what a library gives or throws: GraphQL errors, a WebSocket's close event, or a failure that nobody expects. */
export function outcomeOf(data: unknown, failure?: unknown): Outcome {
  if (failure === undefined || failure === null) return { data, errors: [] };
  if (Array.isArray(failure)) return { data, errors: failure as GraphError[] };
  const { errors, graphQLErrors, code, response } = failure as {
    readonly errors?: readonly GraphError[];
    readonly graphQLErrors?: readonly GraphError[];
    readonly code?: unknown;
    readonly response?: { readonly errors?: readonly GraphError[]; readonly data?: unknown };
  };
  if (response?.errors) return { data: response.data ?? data, errors: response.errors };
  const told = errors ?? graphQLErrors;
  if (told && told.length > 0) return { data, errors: told };
  if (typeof code === 'number' && code >= 400 && code < 5_000) return { data, errors: [], code };
  throw failure instanceof Error ? failure : new Error('the client failed', { cause: failure });
}

/** The first message of a stream, for libraries that ask everything over a stream. */
export function firstOf(subscribe: (sink: Sink) => () => void): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const stream: { leave?: () => void } = {};
    let done = false;
    const finish = (act: () => void) => {
      if (done) return;
      done = true;
      // A library may answer before it has returned how to leave.
      queueMicrotask(() => stream.leave?.());
      act();
    };
    stream.leave = subscribe({
      next: (outcome) => finish(() => resolve(outcome)),
      ended: (reason) =>
        finish(() => {
          try {
            resolve(outcomeOf(null, reason ?? new Error('the stream ended without a message')));
          } catch (error) {
            reject(error);
          }
        }),
    });
  });
}
