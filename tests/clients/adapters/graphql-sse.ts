import { createClient } from 'graphql-sse';
import { authorization, firstOf, outcomeOf, type MakeClient, type TestClient } from '../client.ts';

/** A stream for each operation; they connect anew by themselves when they are lost. */
export const graphqlSse: MakeClient = (to) => {
  const client = createClient({
    url: to.url,
    headers: authorization(to),
    retryAttempts: 100,
    retry: () => new Promise((resolve) => setTimeout(resolve, 25)),
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
