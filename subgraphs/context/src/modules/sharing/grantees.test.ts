import type { SubgraphSource } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import { createServices } from '@flowmesh/platform/services';
import { silent } from '@flowmesh/platform/subgraph-testing';
import { Grantees } from './grantees.ts';

type Answer = Awaited<ReturnType<SubgraphSource['execute']>>;

/** Auth, as far as it is asked. */
function granteesBy(answer: () => Promise<Answer>): Grantees {
  const auth = { name: 'auth', execute: answer } as Partial<SubgraphSource> as SubgraphSource;
  return new Grantees(createServices(new Map([['auth', auth]])), silent);
}

test.each<[string, object | null, boolean]>([
  ['a user', { status: 'ACTIVE' }, false],
  ['a suspended user', { status: 'SUSPENDED' }, false],
  ['a deleted user', { status: 'DELETED' }, true],
  ['nobody', null, true],
])('%s', async (_who, user, unknown) => {
  const grantees = granteesBy(async () => ({ data: { _entities: [user] } }));
  expect(await grantees.isUnknown(newId())).toBe(unknown);
});

test('while auth does not answer, and where there is none, nobody is refused', async () => {
  expect(await granteesBy(() => Promise.reject(new Error('away'))).isUnknown(newId())).toBe(false);
  expect(await new Grantees(createServices(new Map()), silent).isUnknown(newId())).toBe(false);
});
