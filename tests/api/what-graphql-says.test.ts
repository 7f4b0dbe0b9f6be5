import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { readFileSync } from 'node:fs';
import { agentStep, createWorkflow, echoAgent, registerAgent, REGISTER_AGENT } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';
import type { GraphError } from '../harness/graph.ts';

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

const refusals = (errors: readonly GraphError[]) =>
  errors.map(({ message, extensions }) => [extensions?.code, message]);

test('a variable without a default is not null where null may not be, and nothing has happened before that is found', async () => {
  const agent = echoAgent();
  const { data, errors } = await user.graph.ask(
    `mutation Two($agent: RegisterAgentInput!, $id: ID!, $w: Boolean) {
      registerAgent(input: $agent) { __typename }
      executeAgent(input: { agentId: $id, wait: $w }) { __typename }
    }`,
    { agent, id: agentId, w: null },
  );
  expect([data ?? null, refusals(errors)]).toEqual([
    null,
    [['BAD_USER_INPUT', 'w: must not be null here; leave it out to get its default']],
  ]);
  // Its name is still free.
  const registered = await user.graph.mutate<{ __typename: string }>(REGISTER_AGENT, { input: agent });
  expect(registered.__typename).toBe('RegisterAgentSuccess');
});

test('an entity that does not exist any more is null, which is no error', async () => {
  const id = await registerAgent(user.graph, echoAgent());
  const workflowId = await createWorkflow(user.graph, { steps: [agentStep('work', id), agentStep('more', agentId)] });
  await user.graph.mutate(`mutation Gone($id: ID!) { deregisterAgent(input: { id: $id }) { __typename } }`, { id });
  const query = 'query Steps($id: ID!) { workflow(id: $id) { steps { id agent { type status } } } }';
  const response = await fetch(`${user.graph.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${user.accessToken}` },
    body: JSON.stringify({ query, variables: { id: workflowId } }),
  });
  // Nothing beside the data: a null that may be is nothing to speak of.
  expect(await response.json()).toEqual({
    data: {
      workflow: {
        steps: [
          { id: 'work', agent: null },
          { id: 'more', agent: { type: 'Echo', status: 'ACTIVE' } },
        ],
      },
    },
  });
});

describe('what multiplies is bounded before it is done', () => {
  const values = Array.from({ length: 30_000 }, (_, at) => at);

  test.each([
    [
      'a variable in many places of a literal',
      'mutation Many($a: JSON, $id: ID!) { executeAgent(input: { agentId: $id, input: { list: [$a, $a] } }) { __typename } }',
      { a: values },
      'a: is too large to stand in 2 places; send less, or ask for less at once',
    ],
    [
      'values to filter by',
      'query Filter($a: [String!]) { agents(filter: { tags: $a }) { totalCount } }',
      { a: values.slice(0, 101).map(String) },
      'filter.tags: must have at most 100 values',
    ],
    [
      'a text to filter by',
      'query Filter($a: String) { agents(filter: { type: $a }) { totalCount } }',
      { a: 'x'.repeat(1_001) },
      'filter.type: must have at most 1,000 characters',
    ],
    ...['agents', 'workflows', 'notificationTemplates', 'apiKeys'].map((list): [string, string, object, string] => [
      `a text to look for in ${list}`,
      `query Filter($a: String) { ${list}(filter: { search: $a }) { totalCount } }`,
      { a: 'x'.repeat(101) },
      'filter.search: must have at most 100 characters',
    ]),
  ])('%s', async (_name, document, variables, message) => {
    const { errors } = await user.graph.ask(document, { id: agentId, ...variables });
    expect(refusals(errors)).toEqual([['BAD_USER_INPUT', message]]);
  });

  test('an answer', async () => {
    const metadata = { text: 'x'.repeat(900_000) };
    const id = await registerAgent(user.graph, { ...echoAgent(), metadata });
    const fields = Array.from({ length: 20 }, (_, at) => `a${at}: metadata`).join(' ');
    const { data, errors } = await user.graph.ask(`query Large($id: ID!) { agent(id: $id) { ${fields} } }`, { id });
    expect([data, refusals(errors)]).toEqual([
      { agent: null },
      [['TOO_LARGE', 'The answer is larger than 16 MB; ask for fewer objects, or less of each.']],
    ]);
  });
});

test('nothing of this is an error of ours', () => {
  const lines = readFileSync(product.logFile, 'utf8').split('\n');
  expect(lines.filter((line) => line.includes('non-nullable') || line.includes('string length'))).toEqual([]);
});
