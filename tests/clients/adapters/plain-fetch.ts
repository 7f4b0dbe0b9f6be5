import { authorization, outcomeOf, type MakeClient, type Outcome, type Variables } from '../client.ts';

/** The platform's own fetch, without a library: it accepts anything. */
export const plainFetch: MakeClient = (to) => {
  const ask = async (query: string, variables: Variables): Promise<Outcome> => {
    const response = await fetch(to.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization(to) },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown };
    return outcomeOf(data ?? null, errors);
  };
  return { query: ask, mutate: ask, close: () => undefined };
};
