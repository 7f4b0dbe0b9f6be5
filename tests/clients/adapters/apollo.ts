import { ApolloClient, type ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { authorization, outcomeOf, socketUrl, type MakeClient, type Outcome, type TestClient } from '../client.ts';

// GraphQLWsLink asks the global class for the states of a socket; Node 20 has none.
globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;

/** Queries and mutations by POST, subscriptions by multipart over the same link. */
export const apolloHttp: MakeClient = (to) => over(new HttpLink({ uri: to.url, headers: authorization(to) }));

/** Everything over one WebSocket. */
export const apolloSocket: MakeClient = (to) => {
  const socket = createClient({
    url: socketUrl(to),
    webSocketImpl: WebSocket,
    connectionParams: authorization(to),
    // Apollo Client keeps a copy of the variables: connecting anew by itself would begin at the old place again.
    retryAttempts: 0,
  });
  return over(new GraphQLWsLink(socket), () => socket.dispose());
};

function over(link: ApolloLink, close: () => void | Promise<void> = () => undefined): TestClient {
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const options = { fetchPolicy: 'no-cache', errorPolicy: 'all' } as const;
  return {
    query: async (document, variables) => {
      const { data, error } = await client.query({ query: gql(document), variables, ...options });
      return toOutcome(data, error);
    },
    mutate: async (document, variables) => {
      const { data, error } = await client.mutate({ mutation: gql(document), variables, ...options });
      return toOutcome(data, error);
    },
    subscribe: (document, variables, sink) => {
      const subscription = client.subscribe({ query: gql(document), variables, ...options }).subscribe({
        next: ({ data, error }) => {
          try {
            sink.next(toOutcome(data, error));
          } catch (lost) {
            sink.ended(lost);
          }
        },
        error: (error: unknown) => sink.ended(error),
        complete: () => sink.ended(),
      });
      return () => subscription.unsubscribe();
    },
    close: async () => {
      client.stop();
      await close();
    },
  };
}

/** GraphQLWsLink tells why a socket was closed in the words of its error only. */
function toOutcome(data: unknown, error: unknown): Outcome {
  const [, code] = (error instanceof Error && /^Socket closed with event (\d{4})/.exec(error.message)) || [];
  return outcomeOf(data ?? null, code === undefined ? error : { code: Number(code) });
}
