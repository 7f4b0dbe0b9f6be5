import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { expect, test } from '@jest/globals';
import DataLoader from 'dataloader';
import { parse } from 'graphql';
import { pino } from 'pino';
import { ANONYMOUS } from '@flowmesh/platform/access';
import { unavailable } from '@flowmesh/platform/errors';
import { createLocalSource, type SubgraphSource } from '@flowmesh/platform/federation';
import { buildSubgraphSchema, type ResolverMap } from '@flowmesh/platform/graphql';
import { createPlanRunner } from './plan-runner.ts';
import { createPlanner } from './planner.ts';

const SHARED = readFileSync(join(__dirname, '../../../platform/graphql/shared.graphql'), 'utf8');
const SHELVES = `
  type Query { shelves: [Shelf!]! @access(public: true) }
  type Shelf @access(public: true) { id: ID! books: BookConnection! }
  type BookConnection @access(public: true) { nodes: [Book!]! }
  type Book @key(fields: "id") @access(public: true) { id: ID! title: String! pages: Int! }
`;
const PRICES = `
  type Query { free: Book @access(public: true) }
  type Book @key(fields: "id") @access(public: true) { id: ID! price: Int currency: String }
`;
const QUERY = '{ shelves { id books { nodes { id title pages price currency } } } }';
const CALL = { viewer: ANONYMOUS, requestId: 'request-0001' };

function sourceOf(name: string, sdl: string, resolvers: ResolverMap, context: () => object): SubgraphSource {
  const built = buildSubgraphSchema(parse(SHARED + sdl), resolvers);
  const subgraph = { name, version: '1', description: name, ...built, createContext: context, checks: [] };
  return createLocalSource({ ...subgraph, start: () => Promise.resolve() }, pino({ level: 'silent' }));
}

/** How many prices each batch asked for. */
let asked: number[] = [];
let away = false;

const book = (id: string) => ({ id, title: `Book ${id}`, pages: 100 });
const priced = (id: string) => ({ id, price: id.length, currency: 'EUR' });

/** A graph that answers `shelves` × 100 books, whose prices another subgraph knows. */
function runnerOf(shelves: number) {
  interface Loads {
    readonly prices: DataLoader<string, object>;
  }
  const sources = [
    sourceOf(
      'shelves',
      SHELVES,
      {
        Query: {
          shelves: async () =>
            Array.from({ length: shelves }, (_, shelf) => {
              const nodes = Array.from({ length: 100 }, (_entry, at) => book(`${shelf}-${at}`));
              return { id: String(shelf), books: { nodes } };
            }),
        },
      },
      () => ({}),
    ),
    sourceOf(
      'prices',
      PRICES,
      {
        Query: { free: () => null },
        Book: { __resolveReference: ({ id }: { id: string }, { prices }: Loads) => prices.load(id) },
      },
      () => ({ prices: new DataLoader<string, object>(async (ids) => (asked.push(ids.length), ids.map(priced))) }),
    ),
  ];
  const [, prices] = sources;
  sources[1] = {
    ...prices!,
    execute: (request, call) =>
      away ? Promise.reject(unavailable('The prices service is away.')) : prices!.execute(request, call),
  };
  const composed = composeServices(
    [SHELVES, PRICES].map((sdl, at) => ({
      name: sources[at]!.name,
      url: 'http://x.invalid',
      typeDefs: parse(SHARED + sdl),
    })),
  );
  const supergraph = Supergraph.build(composed.supergraphSdl!, { validateSupergraph: false });
  return createPlanRunner({
    supergraph,
    schema: supergraph.apiSchema().toGraphQLJSSchema(),
    planner: createPlanner(supergraph),
    sources: new Map(sources.map((source) => [source.name, source])),
  });
}

/** The answer, and how often others had a turn of the event loop meanwhile. */
async function answerOf(shelves: number) {
  const plan = runnerOf(shelves).planOperation(parse(QUERY), undefined);
  // Planned already.
  await plan.execute({}, { ...CALL });
  let turns = 0;
  let working = true;
  const watch = () => {
    turns += 1;
    if (working) setImmediate(watch);
  };
  setImmediate(watch);
  asked = [];
  const { data, errors } = await plan.execute({}, { ...CALL });
  working = false;
  const shelvesFound = (data as { shelves: { id: string; books: { nodes: object[] } }[] }).shelves;
  return { books: shelvesFound.map(({ books }) => books.nodes), errors, turns };
}

test('an answer of 20,000 objects is made in turns: asked for, joined, and shaped', async () => {
  const { books, errors, turns } = await answerOf(200);
  expect(errors).toBeUndefined();
  expect(books.map((nodes) => nodes.length)).toEqual(Array.from({ length: 200 }, () => 100));
  expect(books[199]![99]).toEqual({ ...book('199-99'), ...priced('199-99') });
  // About 400,000 fields: the objects by their subgraphs and for the client, and what is done for each entity.
  expect(turns).toBeGreaterThan(60);
  // And no subgraph has to begin with all of them at once.
  expect(asked.reduce((sum, each) => sum + each, 0)).toBe(20_000);
  expect(Math.max(...asked)).toBeLessThanOrEqual(1_000);
});

test('a subgraph that is away is told once, however many entities were asked of it', async () => {
  away = true;
  const { errors, books } = await answerOf(30);
  away = false;
  expect(errors?.map(({ message }) => message)).toEqual(['The prices service is away.']);
  expect(books[29]![99]).toEqual({ ...book('29-99'), price: null, currency: null });
});
