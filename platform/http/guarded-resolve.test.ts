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

test.each([
  ['127.0.0.1', false],
  ['127.1', false],
  ['2130706433', false],
  ['0x7f.1', false],
  ['[::1]', false],
  ['::1', false],
  ['::ffff:10.0.0.1', false],
  ['169.254.169.254', false],
  ['localhost', false],
  ['db.LOCALHOST.', false],
  ['10.1.2.3', true],
  ['db.internal', true],
  ['8.8.8.8', true],
  ['2606:4700:4700::1111', true],
  ['db.example.com', true],
  ['my_db', true],
])('as far as its text tells, connections may go to %s: %p', (host, may) => {
  const rules = createAddressRules(['10.1.0.0/16', 'db.internal']);
  expect(rules.hostProblem(host)).toBe(
    may ? null : 'leads into the operator’s own network, which its setting ALLOW_PRIVATE_ADDRESSES does not allow',
  );
});
