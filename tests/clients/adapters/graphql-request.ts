import { GraphQLClient } from 'graphql-request';
import { authorization, outcomeOf, type MakeClient, type Outcome, type Variables } from '../client.ts';

/** Queries and mutations; it has no subscriptions. */
export const graphqlRequest: MakeClient = (to) => {
  const client = new GraphQLClient(to.url, { headers: authorization(to) });
  const ask = async (document: string, variables: Variables): Promise<Outcome> => {
    try {
      return outcomeOf(await client.request(document, variables));
    } catch (error) {
      return outcomeOf(null, error);
    }
  };
  return { query: ask, mutate: ask, close: () => undefined };
};
