import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { CommandFailure, EXIT } from './failure.ts';

interface GraphError {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly requestId?: string };
}
interface GraphAnswer<T> {
  readonly data?: T | null;
  readonly errors?: readonly GraphError[];
}

/** How long one request may take. */
const REQUEST_TIMEOUT_MS = 30_000;
/** A connection is given up after this many attempts in a row without a message: about half a minute. */
const MAX_ATTEMPTS = 15;
const LONGEST_PAUSE_MS = 3_000;

/** Talks to the public graph with one token. */
export class GraphClient {
  constructor(
    /** Without `/graphql`. */
    readonly url: string,
    private bearer: string | null,
  ) {}

  /** What it acts with; null for nobody. */
  get token(): string | null {
    return this.bearer;
  }

  /** Everything afterwards happens with this token. */
  use(token: string): void {
    this.bearer = token;
  }

  /** One query or mutation. Throws `CommandFailure` with the product's message. */
  async request<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const response = await this.post(JSON.stringify({ query, variables }));
    const answer = await readAnswer<T>(response);
    if (answer.errors?.length || !answer.data) throw refused(answer.errors ?? [], response.status);
    return answer.data;
  }

  private async post(body: string): Promise<Response> {
    try {
      return await fetch(`${this.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(this.token !== null && { authorization: `Bearer ${this.token}` }),
        },
        body,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new CommandFailure(`${this.url} cannot be reached: ${(cause as Error).message}`, EXIT.away);
    }
  }

  /**
   * Messages of a subscription that takes `$after`. A lost connection is made again, going on behind the last cursor that
   * `cursorOf` saw, so that no message is missed or repeated.
   */
  async *subscribe<T>(
    query: string,
    variables: Record<string, unknown>,
    cursorOf: (data: T) => string,
  ): AsyncGenerator<T> {
    let after: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const client = createClient({
        url: `${this.url.replace(/^http/, 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: { authorization: `Bearer ${this.token ?? ''}` },
      });
      try {
        for await (const answer of client.iterate<T>({ query, variables: { ...variables, after } })) {
          if (answer.errors?.length || !answer.data) throw refused((answer.errors ?? []) as GraphError[], null);
          after = cursorOf(answer.data);
          attempt = 1;
          yield answer.data;
        }
        return;
      } catch (error) {
        if (error instanceof CommandFailure) throw error;
        if (Array.isArray(error)) throw refused(error as GraphError[], null);
        if (attempt >= MAX_ATTEMPTS) throw new CommandFailure('The connection to the product was lost.', EXIT.away);
        await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_PAUSE_MS, 100 * 2 ** attempt)));
      } finally {
        await client.dispose();
      }
    }
  }
}

async function readAnswer<T>(response: Response): Promise<GraphAnswer<T>> {
  try {
    return (await response.json()) as GraphAnswer<T>;
  } catch {
    throw new CommandFailure(`${response.url} does not answer with JSON (HTTP ${response.status}).`, EXIT.away);
  }
}

function refused(errors: readonly GraphError[], status: number | null): CommandFailure {
  const [first] = errors;
  const message = errors.map((error) => error.message).join('\n') || `The product answered nothing (HTTP ${status}).`;
  const code = first?.extensions?.code;
  const id = first?.extensions?.requestId;
  const hint = code === 'UNAUTHENTICATED' ? ' Sign in with `npm run workflow -- login`, or give --token.' : '';
  return new CommandFailure(`${message}${hint}${id ? ` (request ${id})` : ''}`, EXIT.refused, code);
}

/** Of a mutation: the wanted member of its union, or `CommandFailure` with the message and the fields of the other one. */
export function expectMember<T extends { readonly __typename: string }, K extends T['__typename']>(
  result: T,
  wanted: K,
): Extract<T, { readonly __typename: K }> {
  if (result.__typename === wanted) return result as Extract<T, { readonly __typename: K }>;
  const { message, fields } = result as {
    readonly message?: string;
    readonly fields?: readonly { readonly path: string; readonly message: string }[];
  };
  const lines = (fields ?? []).map((field) => `  ${field.path}: ${field.message}`);
  throw new CommandFailure([message ?? result.__typename, ...lines].join('\n'), EXIT.refused, result.__typename);
}
