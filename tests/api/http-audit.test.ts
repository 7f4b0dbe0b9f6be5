import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { sharedProduct } from '../harness/product.ts';

async function audit(url: string) {
  const results = await Promise.all(serverAudits({ url, fetchFn: fetch }).map((single) => single.fn()));
  const names = (status: string) =>
    results.filter((result) => result.status === status).map(({ id, name }) => `${id} ${name}`);
  return { count: results.length, failed: names('error'), warned: names('warn') };
}

test('the gateway meets every MUST of GraphQL over HTTP, and warns of no more than Apollo Server does', async () => {
  const apollo = new ApolloServer({ typeDefs: 'type Query { one: Int }' });
  const { url } = await startStandaloneServer(apollo, { listen: { port: 0, host: '127.0.0.1' } });
  try {
    const ours = await audit(`${sharedProduct().url}/graphql`);
    const theirs = await audit(url);
    expect(ours.failed).toEqual([]);
    expect(ours.warned.filter((name) => !theirs.warned.includes(name))).toEqual([]);
    expect(ours.count).toBeGreaterThan(50);
  } finally {
    await apollo.stop();
  }
});
