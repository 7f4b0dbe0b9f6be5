import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { getOperationAST, getVariableValues, parse, validate, type DocumentNode } from 'graphql';
import { pino } from 'pino';
import { Lifecycle } from '@flowmesh/platform/lifecycle';
import { conformanceRun } from '../harness/test-config.ts';
import { comparable } from './compare.ts';
import { happened } from './data.ts';
import { makeGraph, type Graph } from './graphs.ts';
import { operationsOf } from './operation-generator.ts';
import { writeOperation } from './operation-text.ts';

const { operations, schemas, seed } = conformanceRun();
const lifecycle = new Lifecycle(pino({ level: 'silent' }));
const graphs: Record<'local' | 'remote', Graph[]> = { local: [], remote: [] };

beforeAll(async () => {
  for (let index = 0; index < schemas; index++) {
    graphs.local.push(await makeGraph(`schema ${seed} ${index}`, 'local', lifecycle));
    if (index % 4 === 0) graphs.remote.push(await makeGraph(`schema ${seed} ${index}`, 'remote', lifecycle));
  }
}, 600_000);
afterAll(() => lifecycle.stop());

function coerced(graph: Graph, document: DocumentNode, variables: Record<string, unknown>) {
  const definitions = getOperationAST(document)?.variableDefinitions ?? [];
  return getVariableValues(graph.schema, definitions, variables).coerced;
}

/** Answers and mutations in their order, by one way. */
async function observed(answer: () => ReturnType<Graph['throughGateway']>) {
  happened.length = 0;
  const answers = await answer();
  return { answers: answers.map(comparable), mutations: [...happened] };
}

test.each([
  ['local', 0.85],
  ['remote', 0.15],
] as const)(
  'operations through %s subgraphs are answered as graphql-js answers them',
  async (topology, share) => {
    let compared = 0;
    const cases = fc
      .constantFrom(...graphs[topology])
      .chain((graph) => operationsOf(graph.schema).map((operation) => ({ graph, ...writeOperation(operation) })));
    const property = fc.asyncProperty(cases, async ({ graph, query, variables }) => {
      const document = parse(query);
      fc.pre(validate(graph.schema, document).length === 0);
      const values = coerced(graph, document, variables);
      fc.pre(values !== undefined);
      compared++;
      const expected = await observed(() => graph.byGraphQLJS(document, variables));
      expect(await observed(() => graph.throughGateway(document, values!))).toEqual(expected);
    });
    await fc.assert(property, {
      seed,
      numRuns: Math.round(operations * share),
      maxSkipsPerRun: 1_000,
      reporter: undefined,
    });
    expect(compared).toBeGreaterThanOrEqual(Math.round(operations * share));
  },
  1_200_000,
);
