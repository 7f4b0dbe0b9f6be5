import { beforeAll, expect, test } from '@jest/globals';
import { EXECUTE_AGENT, FAST, echoAgent, executeAgent, registerAgent } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});

test('an idempotency key begins one execution, however often and at once it is used', async () => {
  const agentId = await registerAgent(user.graph);
  const idempotencyKey = unique('key');
  const input = { agentId, input: { a: 1 }, idempotencyKey };
  const results = await Promise.all(
    Array.from({ length: 5 }, () =>
      user.graph.mutate<{ created: boolean; execution: { id: string } }>(EXECUTE_AGENT, { input }),
    ),
  );
  expect(new Set(results.map(({ execution }) => execution.id)).size).toBe(1);
  expect(results.filter(({ created }) => created)).toHaveLength(1);
});

test('input must satisfy the schema, and an inactive agent takes no work', async () => {
  const id = await registerAgent(user.graph, {
    ...echoAgent(),
    inputSchema: { type: 'object', required: ['n'], properties: { n: { type: 'integer', maximum: 3 } } },
  });
  const execute = (input: unknown) =>
    user.graph.mutate<Record<string, unknown>>(EXECUTE_AGENT, { input: { agentId: id, input } });
  expect(await execute({ n: 4 })).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'input.n' }] });
  expect(await execute({})).toMatchObject({ __typename: 'InvalidInputError' });
  await user.graph.mutate(
    'mutation Off($id: ID!) { updateAgent(input: { id: $id, status: INACTIVE }) { __typename } }',
    { id },
  );
  expect(await execute({ n: 1 })).toMatchObject({
    __typename: 'AgentUnavailableError',
    code: 'AGENT_UNAVAILABLE',
    status: 'INACTIVE',
  });
});

test('output that breaks the promise of the output schema fails the execution', async () => {
  const id = await registerAgent(user.graph, {
    ...echoAgent('{"n": "text"}'),
    outputSchema: { properties: { n: { type: 'number' } } },
    ...FAST,
  });
  expect(await executeAgent(user.graph, id, { input: {}, wait: true, maxAttempts: 1 })).toMatchObject({
    status: 'FAILED',
    error: { code: 'INVALID_OUTPUT' },
  });
});
