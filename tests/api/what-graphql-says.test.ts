import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { echoAgent, registerAgent } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let agentId: string;
beforeAll(async () => {
  user = await makeUser(product);
  agentId = await registerAgent(user.graph, echoAgent());
});

describe('variables inside literals of JSON', () => {
  const output = async (declared: string, input: string, variables: Record<string, unknown>) => {
    const { executeAgent } = await user.graph.query<{ executeAgent: { execution: { output: unknown } } }>(
      `mutation Run($id: ID!, ${declared}) { executeAgent(input: { agentId: $id, input: ${input}, wait: true }) {
        ... on ExecuteAgentSuccess { execution { output } } } }`,
      { id: agentId, ...variables },
    );
    return executeAgent.execution.output;
  };

  test.each([
    ['$x: String', '{ text: $x, n: 1 }', { x: 'hello' }, { text: 'hello', n: 1 }],
    ['$x: String', '{ list: [$x, 2] }', { x: 'hello' }, { list: ['hello', 2] }],
    ['$x: JSONObject', '{ deep: { deeper: [$x] } }', { x: { a: [null] } }, { deep: { deeper: [{ a: [null] }] } }],
    ['$x: String', '{ text: $x, n: 1 }', { x: null }, { text: null, n: 1 }],
    ['$x: Int = 7', '{ number: $x }', {}, { number: 7 }],
  ])('%s in %s', async (declared, input, variables, expected) => {
    expect(await output(declared, input, variables)).toEqual(expected);
  });
});

describe('defaults of variables', () => {
  test('count for what may not be null', async () => {
    const document = 'query First($n: Int! = 1) { agents(first: $n) { nodes { id } } }';
    expect(await user.graph.query(document)).toEqual({ agents: { nodes: [{ id: agentId }] } });
  });

  test.each([
    ['@include(if: $t)', {}, { me: { username: expect.any(String) } }],
    ['@skip(if: $t)', {}, { me: {} }],
    ['@include(if: $t)', { t: false }, { me: {} }],
  ])('count for %s with %p', async (directive, variables, expected) => {
    const document = `query Me($t: Boolean = true) { me { username ${directive} } }`;
    expect(await user.graph.query(document, variables)).toEqual(expected);
  });

  test.each([
    'query Me($t: Boolean = true) { me { username @include(if: $t) } }',
    'query Me($t: Boolean = true) { me { ... on User @skip(if: $t) { username } } }',
    'query Me($t: Boolean = true) { ... @include(if: $t) { me { username } } }',
    'query Me($n: Int! = 1) { agents(first: $n) { nodes { id } } }',
  ])('null is a mistake of the client: %s', async (document) => {
    const { data, errors } = await user.graph.ask<{ me: unknown }>(document, { t: null, n: null });
    expect([data?.me ?? null, errors.map(({ extensions }) => extensions?.code)]).toEqual([null, ['BAD_USER_INPUT']]);
  });
});

describe('a fragment that is reached under two conditions', () => {
  const document = `query Two($t: Boolean!, $id: ID!) {
    agent(id: $id) { ... on Agent @skip(if: $t) { ...F } ...F @include(if: $t) }
    same: agents(first: 1) { edges { node { ... on Agent @skip(if: $t) { ...F } ...F @include(if: $t) } } }
  }
  fragment F on Agent { id type status }`;
  const shown = () => ({ id: agentId, type: 'Echo', status: 'ACTIVE' });
  test.each([true, false])('is there when one of them holds: %p', async (t) => {
    expect(await user.graph.query(document, { t, id: agentId })).toEqual({
      agent: shown(),
      same: { edges: [{ node: shown() }] },
    });
  });
});

describe('introspection', () => {
  test('answers every question that clients of this version ask', async () => {
    const query = getIntrospectionQuery({
      oneOf: true,
      inputValueDeprecation: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
    });
    const schema = buildClientSchema(await user.graph.query<IntrospectionQuery>(query));
    expect(schema.getQueryType()!.getFields().me!.type.toString()).toBe('User');
  });

  test('of a single type says whether it is one of', async () => {
    const query = '{ __type(name: "LoginInput") { name isOneOf } agent: __type(name: "Agent") { isOneOf } }';
    expect(await user.graph.query(query)).toEqual({
      __type: { name: 'LoginInput', isOneOf: false },
      agent: { isOneOf: null },
    });
  });
});
