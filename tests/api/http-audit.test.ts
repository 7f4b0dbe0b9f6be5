import { expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { sharedProduct } from '../harness/product.ts';

/** What Apollo Server itself does not do, by the numbers of the suite. */
const APOLLO_WARNINGS: readonly string[] = ['4A70', '5A70', '80D8'];

test('the gateway meets every MUST of GraphQL over HTTP, and warns of no more than Apollo Server does', async () => {
  const audits = serverAudits({ url: `${sharedProduct().url}/graphql`, fetchFn: fetch });
  const results = await Promise.all(audits.map((audit) => audit.fn()));
  const failed = results.filter(({ status }) => status === 'error').map(({ id, name }) => `${id} ${name}`);
  const warned = results.flatMap((result) => (result.status === 'warn' ? [result] : []));
  const reasons = warned
    .filter(({ id }) => !APOLLO_WARNINGS.includes(id))
    .map(({ id, name, reason }) => ({ id, name, reason }));
  expect({ failed, reasons }).toEqual({ failed: [], reasons: [] });
  expect(results.length).toBeGreaterThan(50);
});
