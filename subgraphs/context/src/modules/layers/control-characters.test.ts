import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { add, change, create, created, layersOf, merge, patch, update, type Result } from '../../testing/operations.ts';
import { findControls } from './control-characters.ts';

const owner = userOf('owner');
const ESC = '\u001b';
let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process();
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const problems = ({ fields }: Result) => fields?.map(({ path, message }) => `${path} ${message}`);
const refused = (path: string, code = 'U+001B') => [`${path} must not contain control characters (${code})`];
const inKey = (path: string) => [`${path} has a key that must not contain control characters (U+001B)`];

test('control characters are C0 but tab and line breaks, DEL and C1', async () => {
  const characters = Array.from({ length: 0x120 }, (_, code) => String.fromCharCode(code));
  const found = await findControls('data', characters);
  const expected = characters.flatMap((character, at) =>
    /\p{Cc}/u.test(character) && !'\t\n\r'.includes(character) ? [`data[${at}]`] : [],
  );
  expect(found.map(({ path }) => path)).toEqual(expected);
  expect(expected).toHaveLength(62);
});

test('in everything that is given they are refused with the path, and nothing is stored', async () => {
  const id = await created(one, owner, [{ a: 1 }]);
  const [layer] = await layersOf(one, owner, id);
  const layerId = layer!.id;
  const text = `red ${ESC}[31m`;
  const context = { name: 'none', type: 'test' };
  const tries: [Promise<Result>, string[]][] = [
    [add(one, owner, { contextId: id, layerType: 'x', data: { a: ['b', { c: text }] } }), refused('data.a[1].c')],
    [add(one, owner, { contextId: id, layerType: 'x', data: { [text]: 1 } }), inKey('data')],
    [add(one, owner, { contextId: id, layerType: 'x', data: {}, reason: '\u0007' }), refused('reason', 'U+0007')],
    [change(one, owner, { id: layerId, data: { a: '\u009b' } }), refused('data.a', 'U+009B')],
    [change(one, owner, { id: layerId, mergePatch: { a: text } }), refused('mergePatch.a')],
    [merge(one, owner, { contextId: id, layerType: 'x', mergePatch: { a: text } }), refused('mergePatch.a')],
    [
      patch(one, owner, { id: layerId, patch: [{ op: 'ADD', path: '/b', value: [text] }] }),
      refused('patch[0].value[0]'),
    ],
    [patch(one, owner, { id: layerId, patch: [{ op: 'ADD', path: `/${text}`, value: 1 }] }), refused('patch[0].path')],
    [update(one, owner, { id, metadata: { a: { b: text } } }), refused('metadata.a.b')],
    [update(one, owner, { id, description: text }), refused('description')],
    [create(one, owner, { ...context, layers: [{ layerType: 'x', data: { a: text } }] }), refused('layers[0].data.a')],
  ];
  for (const [result, problem] of tries) expect(problems(await result)).toEqual(problem);
  expect(await layersOf(one, owner, id)).toEqual([layer]);
});

test('tabs and line breaks are text', async () => {
  const data = { a: 'one\ttwo\r\nthree' };
  const id = await created(one, owner, [data]);
  expect((await layersOf(one, owner, id))[0]?.data).toEqual(data);
});

test('where secrets are masked they are replaced; in keys and paths of patches refused', async () => {
  const id = await created(one, owner, [{}], { secretPolicy: 'MASK' });
  const [layer] = await layersOf(one, owner, id);
  const merged = await merge(one, owner, { contextId: id, layerType: 'free', mergePatch: { a: [`x${ESC}[0m\u0007`] } });
  expect(merged.layer?.data).toEqual({ a: ['x\ufffd[0m\ufffd'] });
  expect(problems(await change(one, owner, { id: layer!.id, data: { [ESC]: 1 } }))).toEqual(inKey('data'));
  const step = { op: 'ADD', path: `/${ESC}`, value: 1 };
  expect(problems(await patch(one, owner, { id: layer!.id, patch: [step] }))).toEqual(refused('patch[0].path'));
});
