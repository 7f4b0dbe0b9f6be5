import { HttpDouble } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered } from '../../testing/operations.ts';

const MAX_BYTES = 10_000_000;
const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let service: HttpDouble;
let document = '';

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  service = await HttpDouble.start((_call, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(document);
  });
}, 60_000);
afterAll(async () => {
  await service.stop();
  await integrations.stop();
}, 30_000);

/** So many operations; the first has the tag `one`. */
const operations = (count: number, name: (at: number) => string = (at) => `o${at}`) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => {
      const tags = at === 0 ? { tags: ['one'] } : {};
      return [`/${at}`, { get: { operationId: name(at), ...tags, responses: {} } }];
    }),
  );
const documentOf = (paths: object) => JSON.stringify({ openapi: '3.1.0', info: { title: 't', version: '1' }, paths });

async function importOf(text: string, more: object = {}) {
  document = text;
  const id = await registered(one, owner, { configuration: { baseUrl: service.url } });
  return mutate(one, owner, 'importOpenApi', { id, url: `${service.url}/document`, ...more });
}

test('a document of 10 MB is read; one that is larger is refused', async () => {
  const text = documentOf(operations(1));
  const largest = text + ' '.repeat(MAX_BYTES - text.length);
  expect(await importOf(largest)).toMatchObject({ added: ['o0'] });
  expect(await importOf(`${largest} `)).toMatchObject({
    code: 'INVALID_INPUT',
    fields: [{ path: 'url', message: expect.stringMatching(/^could not be fetched: .*(large|bytes|MB)/) }],
  });
}, 120_000);

test('of 40,000 operations, some are taken; all of them are too many, and are told', async () => {
  const text = documentOf(operations(40_000));
  expect(await importOf(text, { tags: ['one'] })).toMatchObject({
    ...{ added: ['o0'], skipped: [] },
    problems: ['/: is not checked against the rules: it has more than 100,000 values'],
  });
  const many = 'must select fewer: there would be 40,000, and an integration may have 200';
  expect(await importOf(text)).toMatchObject({ fields: [{ path: 'operations', message: many }] });
  const same = documentOf(operations(40_000, () => 'same'));
  expect(await importOf(same, { operations: ['same_40000'] })).toMatchObject({ added: ['same_40000'] });
}, 120_000);

test('more than 500,000 values are refused', async () => {
  const paths = { '/a': { get: { operationId: 'a', responses: {}, 'x-much': Array(499_000).fill(1) } } };
  expect(await importOf(documentOf(paths))).toMatchObject({ added: ['a'] });
  paths['/a'].get['x-much'] = Array(500_000).fill(1);
  const message = 'must not have more than 500,000 values';
  expect(await importOf(documentOf(paths))).toMatchObject({ fields: [{ path: 'url', message }] });
}, 120_000);
