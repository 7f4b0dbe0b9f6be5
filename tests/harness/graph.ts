import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { ProductAddress } from './test-config.ts';
import { leaveTrail } from './trail.ts';

export interface GraphError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: {
    readonly code?: string;
    readonly requestId?: string;
    readonly argument?: string;
    readonly retryAfter?: number;
  };
}

export interface GraphAnswer<T> {
  readonly status: number;
  readonly requestId: string | null;
  readonly data: T | null | undefined;
  readonly errors: readonly GraphError[];
}

/** How the gateway refuses what it has not read, while the machine is busy. */
const BUSY = 'There is more to do than can be done';
const MOST_TRIES = 20;

type Variables = Readonly<Record<string, unknown>>;

/** The graph answered with errors where the test expected none. */
export class GraphFailure extends Error {
  constructor(
    readonly operation: string,
    readonly variables: unknown,
    readonly answer: { readonly errors: readonly GraphError[] },
  ) {
    super(`${answer.errors.map(({ message }) => message).join('; ')} in ${operation.trim().split('\n')[0]}`);
    this.name = 'GraphFailure';
  }

  get codes(): (string | undefined)[] {
    return this.answer.errors.map(({ extensions }) => extensions?.code);
  }
}

/** The graph of a product: `as(user)` asks as somebody, `anonymous` as nobody. */
export function graph(product: Pick<ProductAddress, 'url'> & { readonly logFile?: string }) {
  const client = (accessToken: string | null) => new GraphClient(product.url, accessToken, product.logFile ?? null);
  return { as: (user: { readonly accessToken: string }) => client(user.accessToken), anonymous: client(null) };
}

export class GraphClient {
  constructor(
    readonly url: string,
    private readonly accessToken: string | null,
    private readonly logFile: string | null,
  ) {}

  /**
   * The data of an operation that must have no errors. What the gateway refuses unread because the machine is busy is asked
   * again after the time it names, as clients should.
   */
  async query<T>(operation: string, variables: Variables = {}): Promise<T> {
    let answer = await this.ask<T>(operation, variables);
    const refused = () => (answer.data ? undefined : answer.errors.find(({ message }) => message.startsWith(BUSY)));
    for (let tries = 1; tries < MOST_TRIES && refused(); tries++) {
      await pause((refused()?.extensions?.retryAfter ?? 1) * 1_000);
      answer = await this.ask<T>(operation, variables);
    }
    if (answer.errors.length > 0 || !answer.data) throw new GraphFailure(operation, variables, answer);
    return answer.data;
  }

  /** The one root field of a mutation that must have no errors; expected failures are data. */
  async mutate<T>(operation: string, variables: Variables = {}): Promise<T> {
    const data = await this.query<Record<string, T>>(operation, variables);
    return Object.values(data)[0]!;
  }

  /** The whole answer, errors included. */
  async ask<T>(operation: string, variables: Variables = {}, headers: Record<string, string> = {}) {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(this.accessToken && { authorization: `Bearer ${this.accessToken}` }),
        ...headers,
      },
      body: JSON.stringify({ query: operation, variables }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    const body = parseBody<T>(text);
    const requestId = response.headers.get('x-request-id') ?? body.errors?.[0]?.extensions?.requestId ?? null;
    leaveTrail({ operation, variables, answer: body, requestId, logFile: this.logFile });
    const answer: GraphAnswer<T> = { status: response.status, requestId, data: body.data, errors: body.errors ?? [] };
    return answer;
  }

  /** Messages of a subscription over a socket of its own (graphql-ws). */
  subscribe<T>(operation: string, variables: Variables = {}): Messages<T> {
    return new Messages<T>(this.url, this.accessToken, operation, variables, this.logFile);
  }
}

function parseBody<T>(text: string): { data?: T | null; errors?: GraphError[] } {
  try {
    return JSON.parse(text) as { data?: T | null; errors?: GraphError[] };
  } catch {
    return { errors: [{ message: `no JSON: ${text.slice(0, 300)}` }] };
  }
}

/** An open subscription. Iterate it, or ask for the next message; close it when done. */
export class Messages<T> implements AsyncIterable<T> {
  private readonly client;
  private readonly iterator: AsyncIterableIterator<{ data?: T | null; errors?: readonly GraphError[] }>;
  /** Why the server closed the socket, once it has. */
  closed: { readonly code: number; readonly reason: string } | null = null;

  constructor(
    url: string,
    accessToken: string | null,
    private readonly operation: string,
    private readonly variables: Variables,
    private readonly logFile: string | null,
  ) {
    this.client = createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazyCloseTimeout: 0,
      connectionParams: accessToken ? { authorization: `Bearer ${accessToken}` } : {},
      on: {
        closed: (event) => {
          const { code, reason } = event as { code: number; reason: string };
          this.closed = { code, reason };
        },
      },
    });
    this.iterator = this.client.iterate({ query: operation, variables: { ...variables } }) as typeof this.iterator;
  }

  /** The next message; undefined at the end. Errors of the server are thrown as `GraphFailure`. */
  async next(timeoutMs = 20_000): Promise<T | undefined> {
    const { operation, variables, logFile } = this;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no message within ${timeoutMs} ms: ${operation}`)), timeoutMs);
    });
    try {
      const { done, value } = await Promise.race([this.iterator.next(), late]);
      if (done) return undefined;
      leaveTrail({ operation, variables, answer: value, requestId: null, logFile });
      if (value.errors?.length || !value.data) {
        throw new GraphFailure(operation, variables, { errors: value.errors ?? [{ message: 'no data' }] });
      }
      return value.data;
    } catch (error) {
      if (Array.isArray(error)) throw new GraphFailure(operation, variables, { errors: error as GraphError[] });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (let message = await this.next(); message !== undefined; message = await this.next()) yield message;
  }

  /** Goes away: at once, as a client does that loses its network. */
  close(): void {
    this.client.terminate();
    void this.iterator.return?.();
  }
}
