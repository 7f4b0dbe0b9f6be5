import fc from 'fast-check';
import { applyPatch, type Operation } from 'rfc6902';
import { diff } from './index.ts';

type Json = Record<string, unknown>;

const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

async function patched(before: Json, after: Json): Promise<unknown> {
  const document = copyOf(before);
  const steps = (await diff(before, after)).map((step) => ({ ...step, op: step.op.toLowerCase() }) as Operation);
  expect(applyPatch(document, copyOf(steps)).filter((error) => error !== null)).toEqual([]);
  return document;
}

const value = fc.letrec<{ value: unknown; object: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, 0, 1, 'x', true),
    fc.array(tie('value'), { maxLength: 6 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', '/', '~', '0', 'toString'), tie('value'), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
})).object;

test('the patch makes the later out of the earlier, and nothing out of the same', async () => {
  await fc.assert(
    fc.asyncProperty(value, value, fc.nat(60), async (before, after, length) => {
      expect(await patched(before, after)).toEqual(after);
      expect(await diff(before, copyOf(before))).toEqual([]);
      const list = Array.from({ length }, (_, n) => n);
      const long = { list: [...list, before, ...list] };
      expect(await patched(long, { list: [...list, after, before, ...list] })).toEqual({
        list: [...list, after, before, ...list],
      });
      expect(await patched(long, { list: [...list].reverse() })).toEqual({ list: [...list].reverse() });
    }),
    { numRuns: 500 },
  );
});

test('of long lists, what was added, removed or changed is told', async () => {
  const list = Array.from({ length: 5_000 }, (_, n) => ({ n }));
  expect(await diff({ list }, { list: [...list, { n: -1 }] })).toEqual([
    { op: 'ADD', path: '/list/-', value: { n: -1 } },
  ]);
  expect(await diff({ list }, { list: list.toSpliced(7, 1) })).toEqual([{ op: 'REMOVE', path: '/list/7' }]);
  const each = await diff({ list }, { list: list.map(({ n }) => ({ n: n + 1 })) });
  expect(each).toHaveLength(5_000);
  expect(each[42]).toEqual({ op: 'REPLACE', path: '/list/42/n', value: 43 });
  expect(await diff({ list }, { list: list.toReversed().slice(1) })).toEqual([
    { op: 'REPLACE', path: '/list', value: list.toReversed().slice(1) },
  ]);
});

test('much lets others have their turn, and ends when enough is found', async () => {
  const before = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`k${n}`, n]));
  const after = Object.fromEntries(Object.entries(before).map(([key, n]) => [key, n + 1]));
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  expect(await diff(before, after)).toHaveLength(200_000);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
  expect(await diff(before, after, 10)).toHaveLength(11);
});
