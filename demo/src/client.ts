import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { DemoError } from './demo-config.ts';

interface GraphQLAnswer<T> {
  readonly data?: T | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** How long one request may take. */
const REQUEST_TIMEOUT_MS = 30_000;
/** A connection is given up after this many attempts in a row without a message. */
const MAX_ATTEMPTS = 10;
/** Tokens are valid for 15 minutes; one as old as this is renewed before it is used. */
const RENEW_AFTER_MS = 10 * 60_000;
const EXPIRED = 'ACCESS_TOKEN_EXPIRED';

/** Talks to the graph as one signed-in user. */
export class GraphClient {
  private accessToken: string | undefined;
  private session: { readonly email: string; readonly password: string; readonly since: number } | undefined;

  constructor(private readonly url: string) {}

  /** Signs in; everything afterwards happens as this user. Gives the user's id. */
  async signIn(email: string, password: string): Promise<string> {
    this.session = { email, password, since: Date.now() };
    const { login } = await this.request<{
      login:
        | { __typename: 'LoginSuccess'; tokens: { accessToken: string }; user: { id: string } }
        | { __typename: 'InvalidInputError' | 'InvalidCredentialsError'; message: string };
    }>(
      `mutation SignIn($input: LoginInput!) {
        login(input: $input) {
          __typename
          ... on LoginSuccess { tokens { accessToken } user { id } }
          ... on MutationError { message }
        }
      }`,
      { input: { identifier: email, password } },
    );
    if (login.__typename !== 'LoginSuccess') throw new DemoError(`Could not sign in as ${email}: ${login.message}`);
    this.accessToken = login.tokens.accessToken;
    return login.user.id;
  }

  /** Signs in again when the token is about to expire, or has. */
  private async renew(hasExpired = false): Promise<void> {
    const { session } = this;
    if (!session || (!hasExpired && Date.now() - session.since < RENEW_AFTER_MS)) return;
    await this.signIn(session.email, session.password);
  }

  /** One query or mutation; throws `DemoError` with the server's message, caused by its code. */
  async request<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    await this.renew();
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.accessToken && { authorization: `Bearer ${this.accessToken}` }),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const answer = (await response.json()) as GraphQLAnswer<T>;
    if (answer.errors?.length || !answer.data) {
      throw new DemoError(`The product answered: ${describe(answer, response.status)}`, {
        cause: answer.errors?.[0]?.extensions?.code,
      });
    }
    return answer.data;
  }

  /**
   * Messages of a subscription that takes `$after`. A lost connection is made again, going on behind the last cursor
   * that `cursorOf` saw, so that no message is missed or repeated.
   */
  async *subscribe<T>(
    query: string,
    variables: Record<string, unknown>,
    cursorOf: (data: T) => string,
  ): AsyncGenerator<T> {
    let after: string | undefined;
    for (let attempt = 1; ; attempt++) {
      await this.renew();
      const client = createClient({
        url: `${this.url.replace(/^http/, 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: { authorization: `Bearer ${this.accessToken}` },
      });
      try {
        for await (const answer of client.iterate<T>({ query, variables: { ...variables, after } })) {
          if (answer.errors?.length || !answer.data) {
            const cause = answer.errors?.[0]?.extensions?.code;
            throw new DemoError(`The product answered: ${describe(answer)}`, { cause });
          }
          after = cursorOf(answer.data);
          attempt = 1;
          yield answer.data;
        }
        return;
      } catch (error) {
        const hasExpired = isExpired(error);
        const refused = hasExpired ? undefined : refusal(error);
        if (refused) throw refused;
        if (attempt >= MAX_ATTEMPTS) throw new DemoError('The connection to the product was lost.');
        if (hasExpired) await this.renew(true);
        else await new Promise((resolve) => setTimeout(resolve, Math.min(2_000, 100 * 2 ** attempt)));
      } finally {
        await client.dispose();
      }
    }
  }
}

function describe(answer: { readonly errors?: readonly { readonly message: string }[] }, status?: number): string {
  const messages = answer.errors?.map(({ message }) => message).join('; ');
  return messages || `nothing (HTTP ${status ?? 'WebSocket'})`;
}

/** Whether an answer was refused, or a connection closed, for a token that is too old. */
function isExpired(error: unknown): boolean {
  if (error instanceof DemoError) return error.cause === EXPIRED;
  const errors: { readonly extensions?: { readonly code?: string } }[] = Array.isArray(error) ? error : [];
  return errors.some(({ extensions }) => extensions?.code === EXPIRED) || (error as { code?: unknown }).code === 4403;
}

/** An answer of the server that would be the same next time; undefined when only the connection failed. */
function refusal(error: unknown): DemoError | undefined {
  if (error instanceof DemoError) return error;
  if (Array.isArray(error)) return new DemoError(`The product answered: ${describe({ errors: error })}`);
  return undefined;
}
