import { createClient } from 'graphql-ws';
import { Network, Observable, type GraphQLResponse, type RequestParameters } from 'relay-runtime';
import WebSocket from 'ws';
import { authorization, outcomeOf, socketUrl, type MakeClient, type Variables } from '../client.ts';

type Kind = 'query' | 'mutation' | 'subscription';

/** Relay's network layer as its guide writes it: fetch for queries and mutations, graphql-ws for subscriptions. */
export const relay: MakeClient = (to) => {
  const socket = createClient({
    url: socketUrl(to),
    webSocketImpl: WebSocket,
    connectionParams: authorization(to),
    retryAttempts: 0,
  });
  const network = Network.create(
    async ({ text }, variables) => {
      const response = await fetch(to.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization(to) },
        body: JSON.stringify({ query: text, variables }),
      });
      return (await response.json()) as GraphQLResponse;
    },
    ({ text }, variables) =>
      Observable.create<GraphQLResponse>((sink) =>
        socket.subscribe(
          { query: text ?? '', variables },
          {
            next: (result) => sink.next(result as GraphQLResponse),
            error: (error) => sink.error(error as Error),
            complete: () => sink.complete(),
          },
        ),
      ),
  );
  const execute = (operationKind: Kind, text: string, variables: Variables) => {
    const parameters: RequestParameters = { id: null, text, name: 'Test', operationKind, metadata: {}, cacheID: text };
    return network.execute(parameters, variables, { force: true });
  };
  const toOutcome = (response: unknown) => {
    const { data, errors } = response as { data?: unknown; errors?: unknown };
    return outcomeOf(data ?? null, errors);
  };
  return {
    query: async (document, variables) => toOutcome(await execute('query', document, variables).toPromise()),
    mutate: async (document, variables) => toOutcome(await execute('mutation', document, variables).toPromise()),
    subscribe: (document, variables, sink) => {
      const subscription = execute('subscription', document, variables).subscribe({
        next: (response) => sink.next(toOutcome(response)),
        error: (error: unknown) => sink.ended(error),
        complete: () => sink.ended(),
      });
      return () => subscription.unsubscribe();
    },
    close: () => socket.dispose(),
  };
};
