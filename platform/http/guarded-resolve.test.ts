import type { LookupFunction } from 'node:net';
import { createAddressRules, createGuardedResolve } from './index.ts';

const leadsTo =
  (...addresses: string[]): LookupFunction =>
  (_host, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

test('names and addresses outside are resolved, and so is what the operator allows', async () => {
  const rules = createAddressRules(['10.1.0.0/16']);
  const resolve = createGuardedResolve({ rules, lookup: leadsTo('1.1.1.1', '2606:4700:4700::1111') });
  expect(await resolve('db.example.com')).toEqual([
    { address: '1.1.1.1', family: 4 },
    { address: '2606:4700:4700::1111', family: 6 },
  ]);
  expect(await resolve('10.1.2.3')).toEqual([{ address: '10.1.2.3', family: 4 }]);
});

test.each([
  ['10.2.0.1', '1.1.1.1', 'BLOCKED_ADDRESS'],
  ['::1', '1.1.1.1', 'BLOCKED_ADDRESS'],
  // A name is not said to be there and inside.
  ['db.internal', '10.2.0.1', 'CONNECTION'],
])('%s (%s) is refused: %s', async (host, address, code) => {
  const resolve = createGuardedResolve({ rules: createAddressRules([]), lookup: leadsTo('1.1.1.1', address) });
  await expect(resolve(host)).rejects.toMatchObject({ code });
});
