import { CloseCode, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { authorization, firstOf, outcomeOf, socketUrl, type MakeClient, type TestClient } from '../client.ts';

/** Everything over one socket, which connects anew by itself when it is lost. */
export const graphqlWs: MakeClient = (to) => {
  const client = createClient({
    url: socketUrl(to),
    webSocketImpl: WebSocket,
    connectionParams: authorization(to),
    retryAttempts: 100,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 25)),
    // A refused token is no better the next time.
    shouldRetry: (event) => !isRefusal(event),
  });
  const subscribe: TestClient['subscribe'] = (query, variables, sink) =>
    client.subscribe(
      { query, variables },
      {
        next: ({ data, errors }) => sink.next(outcomeOf(data ?? null, errors)),
        error: (error) => sink.ended(error),
        complete: () => sink.ended(),
      },
    );
  const ask: TestClient['query'] = (query, variables) => firstOf((sink) => subscribe(query, variables, sink));
  return { query: ask, mutate: ask, subscribe, close: () => client.dispose() };
};

const isRefusal = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'code' in event && event.code === CloseCode.Forbidden;
