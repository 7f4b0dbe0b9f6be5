import { Client, fetchExchange, subscriptionExchange, type Exchange, type OperationResult } from '@urql/core';
import { createClient as createEventStreamClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { onEnd, pipe, subscribe, type Source } from 'wonka';
import WebSocket from 'ws';
import { authorization, outcomeOf, socketUrl, type Address, type MakeClient, type TestClient } from '../client.ts';

/** Everything by its own fetch exchange, subscriptions too. */
export const urqlFetch: MakeClient = (to) => over(to, [fetchExchange], { fetchSubscriptions: true });

/** Subscriptions by graphql-sse, as its guide says. */
export const urqlEventStream: MakeClient = (to) => {
  const streams = createEventStreamClient({ url: to.url, headers: authorization(to), retryAttempts: 0 });
  const exchange = subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: streams.subscribe({ query, variables }, toSink(sink)) }),
    }),
  });
  return over(to, [fetchExchange, exchange], {}, () => streams.dispose());
};

/** Subscriptions by graphql-ws, as its guide says. */
export const urqlSocket: MakeClient = (to) => {
  const socket = createSocketClient({
    url: socketUrl(to),
    webSocketImpl: WebSocket,
    connectionParams: authorization(to),
    retryAttempts: 0,
  });
  const exchange = subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, toSink(sink)) }),
    }),
  });
  return over(to, [fetchExchange, exchange], {}, () => socket.dispose());
};

type ExchangeSink = Parameters<
  ReturnType<Parameters<typeof subscriptionExchange>[0]['forwardSubscription']>['subscribe']
>[0];

/** The libraries type errors and extensions a little apart. */
const toSink = (sink: ExchangeSink) => ({
  next: (result: object) => sink.next(result as Parameters<ExchangeSink['next']>[0]),
  error: (error: unknown) => sink.error(error),
  complete: () => sink.complete(),
});

function over(
  to: Address,
  exchanges: Exchange[],
  options: { readonly fetchSubscriptions?: boolean } = {},
  close: () => void | Promise<void> = () => undefined,
): TestClient {
  const client = new Client({
    url: to.url,
    exchanges,
    fetchOptions: { headers: authorization(to) },
    requestPolicy: 'network-only',
    // Its default turns short queries into GET; both ways are asked in the table of refusals.
    preferGetMethod: false,
    ...options,
  });
  const toOutcome = ({ data, error }: OperationResult) => {
    if (error?.networkError && error.graphQLErrors.length === 0) return outcomeOf(data ?? null, error.networkError);
    return outcomeOf(data ?? null, error);
  };
  return {
    query: async (document, variables) => toOutcome(await client.query(document, variables).toPromise()),
    mutate: async (document, variables) => toOutcome(await client.mutation(document, variables).toPromise()),
    subscribe: (document, variables, sink) => {
      const results: Source<OperationResult> = client.subscription(document, variables);
      const { unsubscribe } = pipe(
        results,
        onEnd(() => sink.ended()),
        subscribe((result) => {
          try {
            sink.next(toOutcome(result));
          } catch (lost) {
            sink.ended(lost);
          }
        }),
      );
      return unsubscribe;
    },
    close,
  };
}
