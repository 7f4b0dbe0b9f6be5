import type { Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import fc from 'fast-check';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { add, change, created, layersOf, remove, share, unshare, update } from '../../testing/operations.ts';
import { searchWords } from './search-words.ts';

let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process();
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

interface Hit {
  readonly context: { readonly name: string };
  readonly layer: { readonly data: Record<string, unknown>; readonly layerType: string };
  readonly score: number;
  readonly highlight: string | null;
}
interface Found {
  readonly method: string;
  readonly hits: readonly Hit[];
}

const SEARCH = `query ($input: ContextSearchInput!, $first: Int) {
  searchContexts(input: $input, first: $first) {
    method hits { score highlight context { name } layer { layerType data } }
  }
}`;
const search = async (viewer: Viewer, input: object, first = 20): Promise<Found> =>
  (await one.ask<{ searchContexts: Found }>(viewer, SEARCH, { input, first })).searchContexts;
/** Which layers were found, by their `n`. */
const found = async (viewer: Viewer, input: object): Promise<unknown[]> =>
  (await search(viewer, input)).hits.map(({ layer }) => layer.data['n']);
const problem = async (viewer: Viewer, input: object, first = 20) => {
  const { errors } = await one.execute(viewer, SEARCH, { input, first });
  return errors?.map(({ message, extensions }) => `${String(extensions['code'])} ${message}`);
};

test('words are found and highlighted, what has them closer together first', async () => {
  const me = userOf('ranker');
  await created(one, me, [
    { n: 1, text: 'The billing of invoices is done by hand; nobody of us likes that late in the evening.' },
    { n: 2, text: `Invoices come first. ${'Something else. '.repeat(40)} Later there is billing.` },
    { n: 3, text: 'Nothing of that kind.' },
  ]);
  const { method, hits } = await search(me, { text: 'billing invoices' });
  expect([method, hits.map(({ layer }) => layer.data['n'])]).toEqual(['FULL_TEXT', [1, 2]]);
  expect(hits[0]!.score).toBeGreaterThan(hits[1]!.score);
  expect(hits[0]!.highlight).toContain('The **billing** of **invoices** is done by hand');
  expect(await found(me, { text: 'nothing OR billing' })).toEqual(expect.arrayContaining([1, 2, 3]));
  expect(await found(me, { text: '"billing of invoices"' })).toEqual([1]);
  expect(await found(me, { text: 'invoices -evening' })).toEqual([2]);
  expect(await found(me, { text: 'absent' })).toEqual([]);
  expect((await search(me, { text: 'invoices' }, 1)).hits.length).toBe(1);
});

test('whole words are highlighted, ids and compounds as one', async () => {
  const me = userOf('marker');
  const id = '01939b1e-5f4a-7298-9bbf-3f4a5b6c7d8e';
  await created(one, me, [{ n: 1, text: `(ticket ${id}, a well-known **case**: foo_bar)` }]);
  const highlightOf = async (text: string) => (await search(me, { text })).hits[0]?.highlight;
  expect(await highlightOf(id)).toContain(`ticket **${id}**, a well-known **case`);
  expect(await highlightOf('well-known')).toContain(', a **well-known** **case');
  expect(await highlightOf('known')).toContain(', a **well-known** ');
  for (let count = 0; count < 20; count += 1) {
    const ticket = newId();
    await created(one, me, [{ n: 2, text: `before ${ticket} behind` }]);
    expect(await highlightOf(ticket)).toContain(`before **${ticket}** behind`);
  }
});

test('keys are found as words of the data are, and so are texts deep in it', async () => {
  const me = userOf('digger');
  await created(one, me, [{ n: 1, customer: { addresses: [{ street: 'Lerchengasse' }] } }]);
  for (const text of ['street', 'Lerchengasse', 'lerchengasse customer'])
    expect(await found(me, { text })).toEqual([1]);
});

test('each context is searched in its own language', async () => {
  const me = userOf('polyglot');
  const layer = (n: number, text: string) => [{ n, text }];
  await created(one, me, layer(1, 'Die Häuser der Kunden'), { language: 'german' });
  await created(one, me, layer(2, 'The houses of our customers'), { language: 'english' });
  const plain = await created(one, me, layer(3, 'houses and Häuser'));
  expect(await found(me, { text: 'Haus' })).toEqual([1]);
  expect(await found(me, { text: 'house' })).toEqual([2]);
  expect((await found(me, { text: 'houses' })).sort()).toEqual([2, 3]);
  await update(one, me, { id: plain, language: 'english' });
  expect((await found(me, { text: 'house' })).sort()).toEqual([2, 3]);
});

test('a place is asked for by JSON Pointer, with any value or with one', async () => {
  const me = userOf('pointer');
  await created(one, me, [
    { n: 1, plan: { seats: 5, 'a/b': true, list: ['x', { y: 1 }] } },
    { n: 2, plan: { seats: '5' } },
    { n: 3, plan: { seats: null } },
  ]);
  const at = (path: string, more = {}) => found(me, { path, ...more });
  expect((await at('/plan/seats')).sort()).toEqual([1, 2, 3]);
  expect(await at('/plan/seats', { equals: 5 })).toEqual([1]);
  expect(await at('/plan/seats', { equals: '5' })).toEqual([2]);
  expect(await at('/plan/seats', { equals: null })).toEqual([3]);
  expect(await at('/plan/a~1b', { equals: true })).toEqual([1]);
  expect(await at('/plan/list/1/y', { equals: 1 })).toEqual([1]);
  expect(await at('/plan/list', { equals: ['x', { y: 1 }] })).toEqual([1]);
  expect(await at('/plan/none')).toEqual([]);
  const { method, hits } = await search(me, { path: '/n', equals: 2 });
  expect([method, hits.map(({ score, highlight }) => [score, highlight])]).toEqual(['FILTER', [[0, null]]]);
});

test('what is searched in is narrowed by context, type, tags, layer type and status', async () => {
  const me = userOf('narrower');
  const word = { text: 'needle' };
  const a = await created(one, me, [{ n: 1, w: 'needle' }], { type: 'project', tags: ['x', 'y'] });
  await add(one, me, { contextId: a, layerType: 'note', data: { n: 2, w: 'needle' } });
  const b = await created(one, me, [{ n: 3, w: 'needle' }], { tags: ['x'] });
  expect((await found(me, word)).sort()).toEqual([1, 2, 3]);
  expect(await found(me, { ...word, contextId: b })).toEqual([3]);
  expect((await found(me, { ...word, type: 'project' })).sort()).toEqual([1, 2]);
  expect((await found(me, { ...word, tags: ['x', 'y'] })).sort()).toEqual([1, 2]);
  expect(await found(me, { ...word, layerType: 'note' })).toEqual([2]);
  expect(await found(me, { ...word, path: '/n', equals: 1 })).toEqual([1]);
  await update(one, me, { id: b, status: 'ARCHIVED' });
  expect((await found(me, word)).sort()).toEqual([1, 2]);
  expect((await found(me, { ...word, includeArchived: true })).sort()).toEqual([1, 2, 3]);
  await remove(one, me, { id: a });
  expect(await found(me, { ...word, includeArchived: true })).toEqual([3]);
});

test('what is written is found at once, what is gone is not, and what one may not see neither', async () => {
  const friendId = newId();
  const [me, friend] = [userOf('writer'), userOf(friendId)];
  const id = await created(one, me, [{ n: 1, w: 'before' }]);
  const [layer] = await layersOf(one, me, id);
  await change(one, me, { id: layer!.id, data: { n: 1, w: 'afterwards' } });
  expect([await found(me, { text: 'before' }), await found(me, { text: 'afterwards' })]).toEqual([[], [1]]);
  expect(await found(friend, { text: 'afterwards' })).toEqual([]);
  expect(await found(friend, { text: 'afterwards', contextId: id })).toEqual([]);
  await share(one, me, { id, kind: 'USER', granteeId: friendId, access: 'READ' });
  expect(await found(friend, { text: 'afterwards' })).toEqual([1]);
  await unshare(one, me, { id, kind: 'USER', granteeId: friendId });
  expect(await found(friend, { text: 'afterwards' })).toEqual([]);
  expect(await found(userOf('auditor', ['context:read', 'context:read-any']), { text: 'afterwards' })).toEqual([1]);
  await contexts.pool.query(`update context_layers set expires_at = now() where id = $1`, [layer!.id]);
  expect(await found(me, { text: 'afterwards' })).toEqual([]);
});

test('type and tags alone are enough to look for, and nothing is said of words', async () => {
  const me = userOf('lister');
  await created(one, me, [{ n: 1 }], { type: 'project', tags: ['x'] });
  await created(one, me, [{ n: 2 }], { tags: ['x'] });
  expect((await found(me, { tags: ['x'] })).sort()).toEqual([1, 2]);
  expect(await found(me, { type: 'project' })).toEqual([1]);
  const asked = '{ searchContexts(input: {type: "project"}) { method hits { score highlight foundBy similarity } } }';
  expect(await one.ask(me, asked)).toEqual({
    searchContexts: { method: 'FILTER', hits: [{ score: 0, highlight: null, foundBy: null, similarity: null }] },
  });
});

test('a search that asks for nothing, or in a way that cannot be, is told so', async () => {
  const me = userOf('asker');
  expect(await problem(me, {})).toEqual([
    'BAD_USER_INPUT input.text: must be given, or one of path, type, tags, layerType',
  ]);
  expect(await problem(me, { text: '  ' })).toEqual([
    'BAD_USER_INPUT input.text: must be given, or one of path, type, tags, layerType',
  ]);
  expect(await problem(me, { text: 'a', equals: 1 })).toEqual(['BAD_USER_INPUT input.equals: is for `path`']);
  expect(await problem(me, { path: 'a/b' })).toEqual([
    'BAD_USER_INPUT input.path: must be a JSON Pointer: empty, or `/key/key` with `~0` for `~` and `~1` for `/`',
  ]);
  expect(await problem(me, { text: 'a' }, 101)).toEqual(['BAD_USER_INPUT first: must be from 1 to 100']);
});

test.each(["'", '"', '&', '!', ':*', '((', 'a:b', '<->', '\\', "'); drop table contexts; --", '-', 'or', '%', '𝒶'])(
  'no text breaks the search: %s',
  async (text) => {
    expect((await search(userOf('breaker'), { text })).hits).toEqual([]);
  },
);

test('a rule of dashes and dashes of prose exclude nothing, several before a word do so once', async () => {
  const me = userOf('dasher');
  await created(one, me, [
    { n: 1, w: 'plan budget' },
    { n: 2, w: 'plan' },
  ]);
  const both = async (text: string) => (await found(me, { text })).sort();
  expect(await both(`plan ${'-'.repeat(900)}`)).toEqual([1, 2]);
  expect(await both(`${'- '.repeat(400)}plan`)).toEqual([1, 2]);
  expect(await both('plan - budget')).toEqual([1]);
  expect(await both('plan -budget')).toEqual([2]);
  expect(await both(`plan ${'-'.repeat(33)}budget`)).toEqual([2]);
  expect(await both(`plan ${'- '.repeat(40)}-"budget"`)).toEqual([2]);
  expect(await both('-'.repeat(1_000))).toEqual([]);
});

/** What PostgreSQL makes of each text, in order. */
async function questionsOf(texts: readonly string[]): Promise<string[]> {
  const { rows } = await contexts.pool.query<{ asked: string }>(
    `select websearch_to_tsquery('english', t.text)::text as asked
     from unnest($1::text[]) with ordinality t(text, place) order by place`,
    [texts],
  );
  return rows.map(({ asked }) => asked);
}
const textOf = (parts: readonly string[]) =>
  fc.array(fc.constantFrom(...parts), { maxLength: 1_000, size: 'max' }).map((some) => some.join('').slice(0, 1_000));

test('no text makes PostgreSQL fail', async () => {
  await expect(questionsOf([`${'-'.repeat(33)}a`])).rejects.toThrow('tsquery stack too small');
  const parts = [
    '-',
    '-',
    '-',
    '- ',
    '"',
    'word',
    'or',
    ' or ',
    ' ',
    '\t',
    '\u0085',
    '\u00a0',
    '\u3000',
    '(',
    '!',
    '|',
    ':',
    'é',
    '5',
  ];
  const texts = fc.array(textOf(parts), { minLength: 20, maxLength: 20, size: 'max' });
  const dashes = fc.array(textOf(['-', '- ', '-(', '-\u2003']), { maxLength: 5, size: 'max' });
  await fc.assert(
    fc.asyncProperty(texts, dashes, async (some, more) => {
      const all = [...some, ...more, ...more.map((text) => `${text.slice(0, 999)}a`)];
      expect((await questionsOf(all.map(searchWords))).length).toBe(all.length);
    }),
    { numRuns: 50 },
  );
});

test('texts with a dash only right before or within what is looked for mean what they did', async () => {
  const word = fc.constantFrom(
    'houses',
    'or',
    'well-known',
    'a--b',
    '2026-11-30',
    'é',
    '"two words"',
    '"a -- b"',
    "don't",
    '(x)',
  );
  const part = fc.tuple(fc.constantFrom('', '', '-'), word).map((both) => both.join(''));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(part, { maxLength: 12 }), { minLength: 20, maxLength: 20 }), async (some) => {
      const texts = some.map((parts) => parts.join(' '));
      expect(await questionsOf(texts.map(searchWords))).toEqual(await questionsOf(texts));
    }),
    { numRuns: 50 },
  );
});
