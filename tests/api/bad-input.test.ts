import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { snapshot } from '../harness/databases.ts';
import {
  CREATE_WORKFLOW,
  EXECUTE_AGENT,
  EXECUTE_WORKFLOW,
  REGISTER_AGENT,
  agentStep,
  echoAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

let product: Product;
let user: TestUser;
beforeAll(async () => {
  product = await startProduct();
  user = await makeUser(product);
});
afterAll(() => product?.stop());

/** Nothing is half-written: all tables are as before. */
async function withoutTrace<T>(action: () => Promise<T>): Promise<T> {
  const before = await snapshot(product);
  const result = await action();
  expect(await snapshot(product)).toEqual(before);
  return result;
}

const NUL = '\u0000';
const LONE_SURROGATE = '\ud800';

test.each([
  ['an unknown agent', EXECUTE_AGENT, { agentId: 'no-such-agent' }, { __typename: 'NotFoundError', code: 'NOT_FOUND' }],
  [
    'an unknown workflow',
    EXECUTE_WORKFLOW,
    { workflowId: 'no-such' },
    { __typename: 'NotFoundError', code: 'NOT_FOUND' },
  ],
  [
    'an unknown agent in a workflow',
    CREATE_WORKFLOW,
    { name: 'w', steps: [transformStep('a', '1'), agentStep('b', 'no-such-agent')] },
    {
      __typename: 'InvalidWorkflowError',
      problems: [{ code: 'UNKNOWN_AGENT', path: 'steps[1].agentId', stepId: 'b' }],
    },
  ],
  [
    'a cyclic workflow',
    CREATE_WORKFLOW,
    {
      name: 'w',
      type: 'PARALLEL',
      steps: [transformStep('a', '1', { dependencies: ['b'] }), transformStep('b', '1', { dependencies: ['a'] })],
    },
    { __typename: 'InvalidWorkflowError', problems: [expect.objectContaining({ code: 'CYCLE' })] },
  ],
  ['a workflow without steps', CREATE_WORKFLOW, { name: 'w', steps: [] }, { __typename: 'InvalidWorkflowError' }],
  [
    'NUL in a name',
    REGISTER_AGENT,
    { ...echoAgent(), name: `a${NUL}b` },
    { __typename: 'InvalidInputError', fields: [{ path: 'name' }] },
  ],
  [
    'NUL in an id',
    EXECUTE_AGENT,
    { agentId: `a${NUL}b` },
    { __typename: expect.stringMatching(/NotFoundError|InvalidInputError/) },
  ],
  [
    'NUL in metadata',
    REGISTER_AGENT,
    { ...echoAgent(), metadata: { a: [`${NUL}`] } },
    { __typename: 'InvalidInputError' },
  ],
  [
    'NUL in a key of metadata',
    REGISTER_AGENT,
    { ...echoAgent(), metadata: { [NUL]: 1 } },
    { __typename: 'InvalidInputError' },
  ],
  [
    'half a character',
    REGISTER_AGENT,
    { ...echoAgent(), description: LONE_SURROGATE },
    { __typename: 'InvalidInputError', fields: [{ path: 'description' }] },
  ],
  [
    'NUL in a workflow',
    CREATE_WORKFLOW,
    { name: `w${NUL}`, steps: [transformStep('a', '1')] },
    { __typename: 'InvalidWorkflowError' },
  ],
  [
    'a hostile key',
    REGISTER_AGENT,
    { ...echoAgent(), metadata: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, 1])) },
    { __typename: 'InvalidInputError', fields: [{ path: 'metadata' }] },
  ],
  [
    'metadata of 2 MB',
    REGISTER_AGENT,
    { ...echoAgent(), metadata: { a: 'x'.repeat(2_000_000) } },
    { __typename: 'InvalidInputError' },
  ],
] as const)('%s is refused with a typed error', async (_what, document, input, expected) => {
  const result = await withoutTrace(() => user.graph.ask<Record<string, unknown>>(document, { input }));
  if (result.errors.length > 0) {
    // Larger than any input may be: the body itself is refused.
    expect(result.errors.map(({ extensions }) => extensions?.code)).toEqual([
      expect.stringMatching(/TOO_LARGE|BAD_USER_INPUT/),
    ]);
    return;
  }
  expect(Object.values(result.data!)[0]).toMatchObject(expected);
});

test('a body of 10 MB is refused before it is read', async () => {
  const response = await withoutTrace(() =>
    fetch(`${product.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${user.accessToken}` },
      body: JSON.stringify({ query: '{ me { id } }', variables: { pad: 'x'.repeat(10_000_000) } }),
    }),
  );
  expect(response.status).toBe(413);
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['TOO_LARGE']);
});

test('a query of depth 200 is refused', async () => {
  const depth = 200;
  const query = `{ agents { nodes { ${'owner { id } executions { nodes { agent { '.repeat(depth / 3)} id ${'} } }'.repeat(depth / 3)} } } }`;
  const { errors, data } = await withoutTrace(() => user.graph.ask(query));
  expect(data ?? null).toBeNull();
  expect(errors).toHaveLength(1);
  expect(errors[0]!.message).toMatch(/depth|deep|cost|token/i);
});

test.each([
  ['a string for a number', { input: { ...echoAgent(), timeoutSeconds: 'soon' } }],
  ['a number for a name', { input: { ...echoAgent(), name: 7 } }],
  ['an unknown kind', { input: { ...echoAgent(), kind: 'MAGIC' } }],
  ['a field that does not exist', { input: { ...echoAgent(), colour: 'blue' } }],
  ['no input', {}],
])('%s is refused by the types', async (_what, variables) => {
  const { errors, data } = await withoutTrace(() => user.graph.ask(REGISTER_AGENT, variables));
  expect(data ?? null).toBeNull();
  expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['BAD_USER_INPUT']);
});

test.each([
  ['no JSON', '{"query": '],
  ['a list', '[]'],
  ['a number', '7'],
  ['nothing', ''],
  ['a query that is no text', '{"query": 7}'],
  ['variables that are no object', '{"query": "{ me { id } }", "variables": "x"}'],
  ['no GraphQL', '{"query": "{ me { id "}'],
  ['an unknown field', '{"query": "{ me { salary } }"}'],
  ['a batch', '[{"query": "{ me { id } }"}, {"query": "{ me { id } }"}]'],
])('a body with %s gets 4xx and a JSON error', async (_what, body) => {
  const response = await fetch(`${product.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${user.accessToken}` },
    body,
  });
  expect(response.status).toBe(400);
  const { errors } = (await response.json()) as { errors: { message: string }[] };
  expect(errors.length).toBeGreaterThan(0);
  expect(JSON.stringify(errors)).not.toMatch(/node_modules|\.ts:|\.js:/);
});
