import { appendEvents } from '@flowmesh/platform/events';
import { integrationUseChanged, type IntegrationUser } from '@flowmesh/platform/integration-use';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered } from '../../testing/operations.ts';

const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let worker: IntegrationProcess;
let service: HttpDouble;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  worker = await integrations.process({ worker: true });
  service = await HttpDouble.start(({ response }) => sendJson(response, {}, 503));
}, 60_000);
afterAll(async () => {
  await service.stop();
  await integrations.stop();
}, 30_000);

const register = () =>
  registered(worker, owner, {
    configuration: { baseUrl: service.url },
    operations: [{ name: 'get', method: 'GET', path: '/get' }],
    policy: { retry: { maxAttempts: 1 }, circuitBreaker: { minimumCalls: 1, openSeconds: 600 } },
  });

/** As the outbox of its domain tells it. */
const tell = (...users: IntegrationUser[]) => appendEvents(integrations.pool, users.map(integrationUseChanged));
const channel = (id: string, version: number, uses: IntegrationUser['uses']): IntegrationUser => ({
  ...{ kind: 'NOTIFICATION_CHANNEL', id, name: `EMAIL: ${id}`, ownerId: null, version, uses },
});

const QUERY = `query Q($id: ID!, $kind: IntegrationDependentKind, $first: Int, $after: String) { integration(id: $id) {
  dependents(kind: $kind, first: $first, after: $after) {
    totalCount pageInfo { endCursor } nodes { kind id name owner { id } impact missingOperations } } } }`;
interface Dependents {
  readonly totalCount: number;
  readonly pageInfo: { readonly endCursor: string | null };
  readonly nodes: readonly { readonly id: string; readonly impact: string; readonly missingOperations: string[] }[];
}
const dependents = async (id: string, more: object = {}) =>
  (await worker.ask<{ integration: { dependents: Dependents } }>(owner, QUERY, { id, ...more })).integration.dependents;
const namesOf = async (id: string) => (await dependents(id)).nodes.map((node) => node.id);

test('what uses an integration is listed by name, and tells what an open circuit means for it', async () => {
  const id = await register();
  const use = (hasFallback: boolean) => [{ integrationId: id, hasFallback }];
  await tell(channel('b', 1, use(true)), channel('a', 1, use(false)), {
    kind: 'WORKFLOW',
    id: 'w',
    name: 'Zoo',
    ownerId: 'somebody',
    version: 1,
    uses: use(false),
  });
  await until('all are known', async () => (await dependents(id)).totalCount === 3);
  const shown = { kind: 'NOTIFICATION_CHANNEL', owner: null, impact: 'NONE', missingOperations: [] };
  const zoo = {
    kind: 'WORKFLOW',
    id: 'w',
    name: 'Zoo',
    owner: { id: 'somebody' },
    impact: 'NONE',
    missingOperations: [],
  };
  expect((await dependents(id)).nodes).toEqual([
    { ...shown, id: 'a', name: 'EMAIL: a' },
    { ...shown, id: 'b', name: 'EMAIL: b' },
    zoo,
  ]);
  const first = await dependents(id, { first: 2 });
  expect(first.nodes.map((node) => node.id)).toEqual(['a', 'b']);
  expect((await dependents(id, { first: 2, after: first.pageInfo.endCursor })).nodes).toEqual([zoo]);
  expect(await dependents(id, { kind: 'WORKFLOW' })).toMatchObject({ totalCount: 1, nodes: [zoo] });

  await mutate(worker, owner, 'invokeIntegration', { id, operation: 'get' });
  expect((await dependents(id)).nodes.map(({ impact }) => impact)).toEqual(['BLOCKED', 'FALLBACK', 'BLOCKED']);
});

test('what calls an operation that is gone is affected as by an open circuit, and told which one it is', async () => {
  const id = await register();
  const use = (hasFallback: boolean, ...operations: string[]) => [{ integrationId: id, hasFallback, operations }];
  await tell(
    channel('p', 1, [...use(false, 'get'), ...use(false, 'list', 'get')]),
    channel('q', 1, use(true, 'list')),
    channel('r', 1, use(false, 'get')),
    channel('s', 1, [{ integrationId: id, hasFallback: false }]),
    channel('t', 1, [{ integrationId: id, hasFallback: false, operations: ['get', 'list'], dispensable: ['list'] }]),
    channel('u', 1, [{ integrationId: id, hasFallback: true, operations: ['list'], dispensable: [] }]),
  );
  await until('all are known', async () => (await dependents(id)).totalCount === 6);
  const shown = async () =>
    (await dependents(id)).nodes.map(({ id: name, impact, missingOperations }) => [name, impact, missingOperations]);
  expect(await shown()).toEqual([
    ['p', 'BLOCKED', ['list']],
    ['q', 'FALLBACK', ['list']],
    ['r', 'NONE', []],
    ['s', 'NONE', []],
    ['t', 'FALLBACK', ['list']],
    ['u', 'BLOCKED', ['list']],
  ]);
  const operations = ['get', 'list'].map((name) => ({ name, method: 'GET', path: `/${name}` }));
  await mutate(worker, owner, 'updateIntegration', { id, operations });
  expect(new Set((await shown()).map(([, impact]) => impact))).toEqual(new Set(['NONE']));
  await mutate(worker, owner, 'updateIntegration', { id, operations: operations.slice(1) });
  expect((await shown()).map(([name, impact]) => [name, impact])).toEqual([
    ['p', 'BLOCKED'],
    ['q', 'NONE'],
    ['r', 'BLOCKED'],
    ['s', 'NONE'],
    ['t', 'BLOCKED'],
    ['u', 'NONE'],
  ]);
  await mutate(worker, owner, 'updateIntegration', { id, operations: operations.slice(0, 1) });
  await mutate(worker, owner, 'invokeIntegration', { id, operation: 'get' });
  expect((await shown()).map(([name, impact]) => [name, impact]).slice(4)).toEqual([
    ['t', 'BLOCKED'],
    ['u', 'BLOCKED'],
  ]);
});

test('an event that comes twice, late or out of order changes nothing', async () => {
  const [one, other] = [await register(), await register()];
  const uses = (...ids: string[]) => ids.map((integrationId) => ({ integrationId, hasFallback: false }));
  await tell(channel('c', 2, uses(one, other, one)), channel('c', 1, uses(one)), channel('c', 2, uses(one)));
  await until('c is known', async () => (await namesOf(other)).join() === 'c');
  expect(await namesOf(one)).toEqual(['c']);
  await tell(channel('c', 3, uses(other)), channel('c', 4, []), channel('c', 2, uses(one)), channel('d', 1, uses(one)));
  await until('d is known', async () => (await namesOf(one)).join() === 'd');
  expect(await namesOf(other)).toEqual([]);
});

test('one that is used is only deleted by force', async () => {
  const id = await register();
  await tell(channel('e', 1, [{ integrationId: id, hasFallback: true }]));
  await until('e is known', async () => (await namesOf(id)).join() === 'e');
  expect(await mutate(worker, owner, 'deleteIntegration', { id })).toEqual({
    __typename: 'IntegrationInUseError',
    code: 'INTEGRATION_IN_USE',
    message: 'The integration is used by one thing; with `force` it is removed all the same.',
    totalCount: 1,
    dependents: [{ kind: 'NOTIFICATION_CHANNEL', id: 'e', name: 'EMAIL: e', impact: 'NONE' }],
  });
  expect(await mutate(worker, userOf('stranger'), 'deleteIntegration', { id })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await mutate(worker, owner, 'deleteIntegration', { id, force: true })).toMatchObject({ integrationId: id });
});
