import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, type ExecutionResult, type GraphQLError } from 'graphql';
import { ANONYMOUS, type Viewer } from '@flowmesh/platform/access';
import { unavailable } from '@flowmesh/platform/errors';
import type { GraphQLRequest, SubgraphSource } from '@flowmesh/platform/federation';
import { createPlanRunner, type PlanRunner } from './plan-runner.ts';
import { PlannerThread } from './planner-thread.ts';
import { createPlanner } from './planner.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@key", "@shareable"])`;
const PETS = `${LINK}
  interface Pet { id: ID! }
  type Dog implements Pet @key(fields: "id") { id: ID! owner: Owner }
  type Cat implements Pet @key(fields: "id") { id: ID! }
  type Owner @key(fields: "id") { id: ID! }
  input Filter { name: String, not: Filter }
  type Query { pet: Pet pets(filter: Filter): [Pet!] nn: Pet! }
  type Mutation { feed(id: ID!): Dog! }
  type Subscription { fed(id: ID!): Dog! }
`;
const NAMES = `${LINK}
  type Dog @key(fields: "id") { id: ID! name: String! bark(times: Int): String }
  type Owner @key(fields: "id") { id: ID! name: String }
  type Mutation { rename(id: ID!): Dog }
`;

let sdl: string;
let thread: PlannerThread;
beforeAll(() => {
  const composed = composeServices([
    { name: 'pets', url: 'http://pets.invalid', typeDefs: parse(PETS) },
    { name: 'names', url: 'http://names.invalid', typeDefs: parse(NAMES) },
  ]);
  sdl = composed.supergraphSdl!;
  thread = new PlannerThread(sdl);
});
afterAll(() => thread.close());

type Answer = (request: GraphQLRequest) => ExecutionResult | Error;

/** A runner over sources that answer as told; `asked` is what they were asked. */
function runnerOver(answers: { pets?: Answer; names?: Answer }): { runner: PlanRunner; asked: unknown[] } {
  const asked: unknown[] = [];
  const source = (name: 'pets' | 'names'): SubgraphSource => ({
    name,
    execute: (request) => {
      asked.push([name, request.query.replace(/\s+/g, ' '), request.variables]);
      const answer = answers[name]?.(request) ?? { data: {} };
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    subscribe: () => Promise.reject(new Error('not subscribed to')),
    close: () => Promise.resolve(),
  });
  const supergraph = Supergraph.build(sdl, { validateSupergraph: false });
  const schema = supergraph.apiSchema().toGraphQLJSSchema();
  const sources = new Map([source('pets'), source('names')].map((each) => [each.name, each]));
  return { runner: createPlanRunner({ supergraph, schema, planner: createPlanner(supergraph), sources }), asked };
}

const call = { viewer: ANONYMOUS, requestId: 'request-0001' };

async function ask(answers: Parameters<typeof runnerOver>[0], query: string, variables: Record<string, unknown> = {}) {
  const { runner, asked } = runnerOver(answers);
  const { data, errors } = await runner.planOperation(parse(query), undefined).execute(variables, call);
  const shown = errors?.map(({ message, path, extensions }) => [message, path, extensions.code]);
  return { asked, data: JSON.parse(JSON.stringify(data ?? null)) as unknown, errors: shown };
}

describe('the planner', () => {
  const query = 'query Q($t: Boolean!) { pets { id ... on Dog { owner @include(if: $t) { name } name } } }';

  test('gives plans of the form that we execute', async () => {
    const plan = await createPlanner(Supergraph.build(sdl, { validateSupergraph: false }))(parse(query), ANONYMOUS);
    const requires = (type: string) => [
      {
        kind: 'InlineFragment',
        typeCondition: type,
        selections: [
          { kind: 'Field', name: '__typename' },
          { kind: 'Field', name: 'id' },
        ],
      },
    ];
    const fetch = { kind: 'Fetch', serviceName: 'names', operationKind: 'query' };
    expect(JSON.parse(JSON.stringify(plan))).toEqual({
      kind: 'Sequence',
      nodes: [
        {
          kind: 'Fetch',
          serviceName: 'pets',
          operationKind: 'query',
          operationName: 'Q__pets__0',
          operation:
            'query Q__pets__0($t:Boolean!){pets{__typename id ...on Dog{__typename id owner@include(if:$t){__typename id}}}}',
          variableUsages: ['t'],
        },
        {
          kind: 'Parallel',
          nodes: [
            {
              kind: 'Flatten',
              path: ['pets', '@'],
              node: {
                ...fetch,
                operationName: 'Q__names__1',
                operation:
                  'query Q__names__1($representations:[_Any!]!){_entities(representations:$representations){...on Dog{name}}}',
                requires: requires('Dog'),
                variableUsages: [],
              },
            },
            {
              kind: 'Condition',
              condition: 't',
              ifClause: {
                kind: 'Flatten',
                path: ['pets', '@', 'owner'],
                node: {
                  ...fetch,
                  operationName: 'Q__names__2',
                  operation:
                    'query Q__names__2($representations:[_Any!]!){_entities(representations:$representations){...on Owner{name}}}',
                  requires: requires('Owner'),
                  variableUsages: [],
                },
              },
            },
          ],
        },
      ],
    });
  });

  test('gives the same on a thread of its own', async () => {
    const direct = await createPlanner(Supergraph.build(sdl, { validateSupergraph: false }))(parse(query), ANONYMOUS);
    expect(JSON.stringify(await thread.plan(parse(query), ANONYMOUS))).toBe(JSON.stringify(direct));
  });

  test('takes turns between viewers, and bounds what waits of one', async () => {
    const viewer = (userId: string): Viewer => ({ kind: 'service', service: 'test', userId, scopes: [] });
    const own = new PlannerThread(sdl);
    const order: string[] = [];
    const plan = (userId: string) =>
      own.plan(parse('{ pets { id } }'), viewer(userId)).then(
        () => void order.push(userId),
        (error: unknown) => void order.push(`${userId}: ${(error as GraphQLError).extensions.code as string}`),
      );
    await Promise.all([...Array.from({ length: 51 }, () => plan('many')), plan('one')]);
    await own.close();
    expect(order[0]).toBe('many: RATE_LIMITED');
    expect(order.indexOf('one')).toBeLessThanOrEqual(2);
    expect(order.filter((each) => each === 'many')).toHaveLength(50);
  });

  test('fails what waits when it cannot begin, and does not try again by itself', async () => {
    const broken = new PlannerThread('type Query { no: Supergraph }');
    await expect(broken.plan(parse('{ no }'), ANONYMOUS)).rejects.toThrow(/supergraph/i);
    await broken.close();
  });

  test('is pinned, as plans are no public interface', () => {
    const manifest = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const name of ['@apollo/query-planner', '@apollo/federation-internals']) {
      expect(manifest.dependencies[name]).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });
});

const dog = (id: string) => ({ __typename: 'Dog', id });

test('equal entities are asked for once, and what fails of one fails in each of its places', async () => {
  const result = await ask(
    {
      pets: () => ({ data: { pets: [dog('1'), { __typename: 'Cat', id: '2' }, dog('3'), dog('1')] } }),
      names: () => ({
        data: { _entities: [{ bark: null }, { bark: 'wuff' }] },
        errors: [Object.assign(unavailable('hoarse'), { path: ['_entities', 0, 'bark'] })],
      }),
    },
    '{ pets { ... on Dog { bark(times: 2) } } }',
  );
  expect(result).toEqual({
    asked: [
      ['pets', expect.any(String), {}],
      ['names', expect.any(String), { representations: [dog('1'), dog('3')] }],
    ],
    data: { pets: [{ bark: null }, {}, { bark: 'wuff' }, { bark: null }] },
    errors: [
      ['hoarse', ['pets', 0, 'bark'], 'UNAVAILABLE'],
      ['hoarse', ['pets', 3, 'bark'], 'UNAVAILABLE'],
    ],
  });
});

test('a subgraph that is away takes only its own fields with it, and is named once', async () => {
  const answers = {
    pets: () => ({ data: { pet: { ...dog('1'), owner: { __typename: 'Owner', id: 'o' } }, pets: [dog('2')] } }),
    names: () => unavailable('The names service does not answer; try again.'),
  };
  const query = '{ pet { id ... on Dog { owner { id name } } } pets { id ... on Dog { name } } }';
  const { data, errors } = await ask(answers, query);
  // The name of a dog may not be null, so the list ends there.
  expect(data).toEqual({ pet: { id: '1', owner: { id: 'o', name: null } }, pets: null });
  expect(new Set(errors!.map(([message, , code]) => `${String(code)} ${String(message)}`))).toEqual(
    new Set(['UNAVAILABLE The names service does not answer; try again.']),
  );
});

test.each([
  [
    'a type asked for by another name only',
    '{ nn { ... on Pet { ... on Dog { t: __typename } } } }',
    { nn: { t: 'Dog' } },
  ],
  [
    'an alias that is the name of a key',
    '{ pet { id: __typename ... on Dog { name } } }',
    { pet: { id: 'Dog', name: 'Rex' } },
  ],
  [
    'an alias that is the name of the type',
    '{ pet { __typename: id ... on Dog { name } } }',
    { pet: { __typename: '1', name: 'Rex' } },
  ],
  [
    'introspection between data',
    '{ pet { id } __type(name: "Filter") { name isOneOf } t: __typename }',
    { pet: { id: '1' }, __type: { name: 'Filter', isOneOf: false }, t: 'Query' },
  ],
])('%s', async (_what, query, expected) => {
  const answers: Parameters<typeof runnerOver>[0] = {
    pets: (request) => {
      const pet: Record<string, unknown> = dog('1');
      for (const [, alias, field] of request.query.matchAll(/(\w+):(\w+)/g))
        if (pet[field!] !== undefined) pet[alias!] = pet[field!];
      return { data: { pet, nn: pet } };
    },
    names: () => ({ data: { _entities: [{ name: 'Rex' }] } }),
  };
  const { data, errors } = await ask(answers, query);
  expect([JSON.stringify(data), errors]).toEqual([JSON.stringify(expected), undefined]);
});

test('a condition that is null fails where it stands, and nothing beside it', async () => {
  const { data, errors } = await ask(
    { pets: () => ({ data: { pet: { __typename: 'Cat', id: '1' }, nn: { __typename: 'Cat', id: '2' } } }) },
    'query Q($if: Boolean = true) { pet { id @include(if: $if) } nn { id ... on Dog { name @skip(if: $if) } } }',
    { if: null },
  );
  expect(data).toEqual({ pet: null, nn: { id: '2' } });
  expect(errors).toEqual([['Argument "if" of non-null type "Boolean!" must not be null.', ['pet'], undefined]]);
});

test('a variable may be called as the planner calls its own', async () => {
  const { asked, data } = await ask(
    {
      pets: () => ({ data: { pet: dog('1') } }),
      names: () => ({ data: { _entities: [{ bark: 'wuff' }] } }),
    },
    'query Q($representations: Int) { pet { ... on Dog { bark(times: $representations) } } }',
    { representations: 3 },
  );
  expect(data).toEqual({ pet: { bark: 'wuff' } });
  expect(asked[1]).toEqual([
    'names',
    'query Q__names__1($representations:[_Any!]!$representations__client:Int){_entities(representations:$representations){...on Dog{bark(times:$representations__client)}}}',
    { representations: [dog('1')], representations__client: 3 },
  ]);
});

test('fields of a mutation happen in their order, and none after one that made the answer null', async () => {
  const mutation = 'mutation { a: rename(id: 1) { id } b: feed(id: 2) { name } c: rename(id: 3) { id } }';
  const answers = (names: Answer) => ({ pets: () => ({ data: { b: dog('2') } }), names });
  const done = await ask(
    answers(({ query }) =>
      query.includes('_entities') ? { data: { _entities: [{ name: 'Rex' }] } } : { data: { a: dog('1'), c: dog('3') } },
    ),
    mutation,
  );
  expect(done.data).toEqual({ a: { id: '1' }, b: { name: 'Rex' }, c: { id: '3' } });
  expect(done.asked.map((each) => (each as [string])[0])).toEqual(['names', 'pets', 'names', 'names']);
  const stopped = await ask(
    answers(({ query }) => (query.includes('_entities') ? { data: { _entities: [null] } } : { data: { a: dog('1') } })),
    mutation,
  );
  expect(stopped.data).toBeNull();
  expect(stopped.asked).toHaveLength(3);
});

test('what is missing although nobody said why is an error, as in any graph', async () => {
  const { data, errors } = await ask(
    { pets: () => ({ data: { pets: [dog('1')] } }), names: () => ({ data: { _entities: [null] } }) },
    '{ pets { ... on Dog { name } } }',
  );
  expect([data, errors]).toEqual([
    { pets: null },
    [['Cannot return null for non-nullable field Dog.name.', ['pets', 0, 'name'], undefined]],
  ]);
});

test('variables that the planner forgets are declared', async () => {
  const { runner, asked } = runnerOver({ pets: () => ({ data: { pets: [] } }) });
  const document = parse(`query Q($n: Int = 2, $t: Boolean!) { ...Pets }
    fragment Pets on Query { pets { ...Named ...Named @skip(if: $t) } }
    fragment Named on Dog { owner { id } b: bark(times: $n) }`);
  await runner.planOperation(document, undefined).execute({ n: 2, t: false }, call);
  for (const [, query] of asked as [string, string][]) {
    const used = [...query.matchAll(/\$(\w+)(?!\w*:)/g)].map(([, name]) => name);
    for (const name of used) expect(query).toMatch(new RegExp(`\\$${name}:`));
  }
});

test('an event is completed like any other answer', async () => {
  const { runner } = runnerOver({ names: () => ({ data: { _entities: [{ n: 'Rex' }] } }) });
  const plan = await runner.planSubscription(
    parse('subscription S($id: ID!) { f: fed(id: $id) { n: name id } }'),
    undefined,
    ANONYMOUS,
  );
  expect([plan.subgraph, plan.streamVariables({ id: '1', more: true })]).toEqual(['pets', { id: '1' }]);
  expect(await plan.complete({ data: { f: dog('1') } }, { id: '1' }, call)).toEqual({
    data: { f: { n: 'Rex', id: '1' } },
  });
});
