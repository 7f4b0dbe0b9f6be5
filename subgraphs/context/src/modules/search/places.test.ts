import { Pointer } from 'rfc6902';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { created } from '../../testing/operations.ts';

const owner = userOf('owner');
let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process();
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

/** PostgreSQL takes more texts for an index of a list than RFC 6901 does. */
const TOKENS = ['0', '1', '2', '-1', '01', '00', '+1', '-0', ' 1', '1 ', '\t1', '1.0', '1e0', '-', '', '99999999999'];
const asKeys = Object.fromEntries(TOKENS.map((token) => [token, [token]]));
const DATA = { list: [['a'], ['b']], object: asKeys, both: [asKeys, 'x'] };

const PATHS = [
  ...['list', 'object', 'both', 'none'].flatMap((name) => TOKENS.map((token) => [name, token])),
  ...TOKENS.flatMap((outer) => ['0', '-1', '01'].map((inner) => ['list', outer, inner])),
  ...TOKENS.flatMap((outer) => TOKENS.map((inner) => ['both', outer, inner])),
  ...TOKENS.map((token) => ['object', token, '+0']),
];

/** What RFC 6901 finds, by the library, which would also take any text for an index, and go into texts. */
function isThere(path: readonly string[]): boolean {
  const hasPlaces = path.every((key, at) => {
    const parent: unknown = new Pointer(['', ...path.slice(0, at)]).get(DATA);
    return Array.isArray(parent) ? /^(?:0|[1-9][0-9]*)$/.test(key) : typeof parent === 'object';
  });
  return hasPlaces && new Pointer(['', ...path]).get(DATA) !== undefined;
}

test('a path finds what RFC 6901 finds, whatever PostgreSQL takes for an index', async () => {
  const contextId = await created(one, owner, [DATA]);
  const query = (from: number, paths: readonly (readonly string[])[]) =>
    `query { ${paths
      .map((path, at) => {
        const input = `{ contextId: "${contextId}", path: ${JSON.stringify(new Pointer(['', ...path]).toString())} }`;
        return `f${from + at}: searchContexts(input: ${input}) { hits { layer { id } } }`;
      })
      .join(' ')} }`;
  const found = new Set<string>();
  for (let from = 0; from < PATHS.length; from += 10) {
    const answer = await one.ask<Record<string, { hits: unknown[] }>>(owner, query(from, PATHS.slice(from, from + 10)));
    for (const [name, { hits }] of Object.entries(answer)) if (hits.length > 0) found.add(name);
  }
  const differing = PATHS.filter((path, at) => found.has(`f${at}`) !== isThere(path));
  expect(differing).toEqual([]);
  expect(found.size).toBe(38);
});
