import { createClient } from 'graphql-sse';
import { authorization, firstOf, outcomeOf, type MakeClient, type TestClient } from '../client.ts';

/** A stream for each operation. */
export const graphqlSse: MakeClient = (to) => {
  const client = createClient({
    url: to.url,
    headers: authorization(to),
    // It would try again whatever the status says, with a token that was refused too: the application decides instead.
    retryAttempts: 0,
  });
  const subscribe: TestClient['subscribe'] = (query, variables, sink) =>
    client.subscribe(
      { query, variables },
      {
        next: ({ data, errors }) => sink.next(outcomeOf(data ?? null, errors)),
        error: (error) => void reasonOf(error).then(sink.ended),
        complete: () => sink.ended(),
      },
    );
  const ask: TestClient['query'] = (query, variables) => firstOf((sink) => subscribe(query, variables, sink));
  return { query: ask, mutate: ask, subscribe, close: () => client.dispose() };
};

/** The body of an answer that is no stream says why. */
async function reasonOf(error: unknown): Promise<unknown> {
  const { response } = error as { readonly response?: Response };
  return response && !response.bodyUsed ? response.json() : error;
}
