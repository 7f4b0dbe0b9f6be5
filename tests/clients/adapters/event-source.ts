import { EventSource } from 'eventsource';
import { authorization, firstOf, outcomeOf, type MakeClient, type TestClient } from '../client.ts';

const HEADERS = { 'apollo-require-preflight': 'true' };

/**
 * The browsers' EventSource: GET only, so it has no mutations. Here its requests may carry a token, and what browsers
 * say of pages of our own in another header.
 */
export const eventSource: MakeClient = (to) => {
  const subscribe: TestClient['subscribe'] = (query, variables, sink) => {
    const url = new URL(to.url);
    url.searchParams.set('query', query);
    url.searchParams.set('variables', JSON.stringify(variables));
    const source = new EventSource(url, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...HEADERS, ...authorization(to) } }),
    });
    const end = (reason?: unknown) => {
      // It would come again by itself, to the same address: the application goes on behind its last cursor instead.
      source.close();
      sink.ended(reason);
    };
    source.addEventListener('next', ({ data }: { data: string }) => {
      const result = JSON.parse(data) as { data?: unknown; errors?: unknown };
      sink.next(outcomeOf(result.data ?? null, result.errors));
    });
    source.addEventListener('complete', () => end());
    source.addEventListener('error', (event) => end(event));
    return () => source.close();
  };
  const ask: TestClient['query'] = (query, variables) => firstOf((sink) => subscribe(query, variables, sink));
  return { query: ask, mutate: ask, subscribe, close: () => undefined };
};
