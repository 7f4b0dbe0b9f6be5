import fc from 'fast-check';
import { buildSchema, execute, parse, type GraphQLSchema } from 'graphql';
import { paceSchema, Turns } from './index.ts';

const MOST = 5_000;

interface Item {
  readonly id: number;
  readonly items: readonly (Item | Promise<Item>)[] | Promise<readonly Item[]>;
}

const schemaOf = () =>
  buildSchema(`
    type Query { items: [Item!]! numbers: [Int!]! item: Item }
    type Item { id: Int! twice: Int! items: [Item] item: Item }
  `);

/** A schema whose resolver calls are counted. */
function counted(): { schema: GraphQLSchema; calls: () => number } {
  const schema = schemaOf();
  let calls = 0;
  const { id, twice } = (schema.getType('Item') as ReturnType<GraphQLSchema['getQueryType']>)!.getFields();
  for (const field of [id!, twice!]) {
    field.resolve = (source: Item) => {
      calls += 1;
      return source.id;
    };
  }
  paceSchema(schema);
  return { schema, calls: () => calls };
}

/** How much of what is counted happens in each turn of the event loop, while `work` is done. */
async function perTurn(count: () => number, work: () => unknown): Promise<number[]> {
  const turns: number[] = [];
  let working = true;
  let before = count();
  const watch = () => {
    turns.push(count() - before);
    before = count();
    if (working) setImmediate(watch);
  };
  setImmediate(watch);
  await work();
  working = false;
  await new Promise((resolve) => setImmediate(resolve));
  return turns;
}

const leaf = (id: number): Item => ({ id, items: [] });
const list = (length: number) => Array.from({ length }, (_, id) => leaf(id));

test.each([
  ['one list of 50,000 objects', () => list(50_000), '{ items { id twice } }', 50_000],
  [
    'one list of 50,000 promises that come at the same time',
    () => {
      const loaded = new Promise<void>((resolve) => setTimeout(resolve, 5));
      return list(50_000).map(async (item) => loaded.then(() => item));
    },
    '{ items { ...F } } fragment F on Item { id ... { twice } }',
    50_000,
  ],
  [
    '500 lists of 100 objects that come at the same time',
    () => {
      const loaded = new Promise<void>((resolve) => setTimeout(resolve, 5));
      return Array.from({ length: 500 }, (_, id) => ({ id, items: loaded.then(() => list(100)) }));
    },
    '{ items { items { id twice } } }',
    50_000,
  ],
])('%s are executed in turns, a few thousand fields in each', async (_name, items, query, objects) => {
  const { schema, calls } = counted();
  const rootValue = { items: items() };
  const turns = await perTurn(calls, () => execute({ schema, document: parse(query), rootValue, contextValue: {} }));
  expect(turns.reduce((sum, each) => sum + each, 0)).toBe(2 * objects);
  expect(Math.max(...turns)).toBeLessThanOrEqual(MOST);
});

test('what is small is executed as if there were no turns', () => {
  const { schema } = counted();
  const rootValue = { items: list(100), numbers: [1, 2, 3], item: null };
  const document = parse('{ items { id twice items { id } item { id } } numbers item { id } }');
  const answer = execute({ schema, document, rootValue, contextValue: {} });
  expect(answer).toEqual({
    data: {
      items: list(100).map(({ id }) => ({ id, twice: id, items: [], item: null })),
      numbers: [1, 2, 3],
      item: null,
    },
  });
});

// Not both at once: of lists of promises some of which fail, graphql-js 16 leaves rejections that nobody handles.
test.each(['objects are missing', 'objects come later'])('the answer is the same where %s', async (mode) => {
  const plain = schemaOf();
  const paced = schemaOf();
  paceSchema(paced);
  const document = parse('{ items { ...F items { ...F item { ...F } } } } fragment F on Item { id twice }');
  const item = fc.letrec<{ item: object | null }>((tie) => ({
    item: fc.option(
      fc.record({
        id: fc.integer({ min: -9, max: 9 }),
        twice: mode === 'objects are missing' ? fc.option(fc.nat(9), { freq: 20 }) : fc.nat(9),
        items: fc.option(fc.array(tie('item'), { maxLength: 5 })),
        item: tie('item'),
        later: mode === 'objects come later' ? fc.boolean() : fc.constant(false),
      }),
      { maxDepth: 3 } as object,
    ),
  })).item;
  // As loaders give it: some objects are promises.
  const given = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(given);
    if (typeof value !== 'object' || value === null) return value;
    const own = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, given(each)]));
    return own.later ? Promise.resolve(own) : own;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(item, { maxLength: 30 }), async (items) => {
      const repeated = Array.from({ length: 40 }, () => items).flat();
      const by = async (schema: GraphQLSchema) => {
        const { data, errors } = await execute({
          schema,
          document,
          rootValue: { items: given(repeated) },
          contextValue: {},
        });
        return { data, failed: errors !== undefined };
      };
      expect(await by(paced)).toEqual(await by(plain));
    }),
    { numRuns: 30 },
  );
});

test('who asks first goes first, and a portion larger than a turn has one of its own', async () => {
  const turns = new Turns(10);
  const order: string[] = [];
  const ask = (name: string, weight: number) => void turns.take(weight)?.then(() => order.push(name));
  expect(turns.take(10)).toBeNull();
  const seen = await perTurn(
    () => order.length,
    async () => {
      for (const [name, weight] of [
        ['a', 4],
        ['b', 6],
        ['c', 1],
        ['d', 50],
        ['e', 10],
      ] as const)
        ask(name, weight);
      while (order.length < 5) await new Promise((resolve) => setImmediate(resolve));
    },
  );
  expect(order).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(seen.filter((count) => count > 0)).toEqual([2, 1, 1, 1]);
});
