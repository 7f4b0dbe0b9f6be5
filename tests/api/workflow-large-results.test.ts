import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import {
  agentStep,
  createWorkflow,
  executeWorkflow,
  executionEnds,
  FAST,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { registerIntegration } from '../harness/integrations.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let service: HttpDouble;

/** Gives as many characters as its path says. */
beforeAll(async () => {
  user = await makeUser(product);
  service = await HttpDouble.start(({ path, response }) =>
    sendJson(response, { text: 'x'.repeat(Number(path.slice(1)) || 0) }),
  );
});
afterAll(() => service.stop());

async function agent(characters: number): Promise<string> {
  const http = { url: `${service.url}/${characters}` };
  return registerAgent(user.graph, { name: unique('http'), type: 'Remote', kind: 'HTTP', http, ...FAST });
}

interface Shown {
  readonly status: string;
  readonly resultBytes: number | null;
  readonly steps: readonly {
    readonly id: string;
    readonly status: string;
    readonly attempts: number;
    readonly resultBytes: number | null;
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
}

async function run(steps: readonly object[]): Promise<Shown & { readonly id: string }> {
  const id = await executeWorkflow(user.graph, await createWorkflow(user.graph, { steps }));
  await executionEnds(user.graph, id);
  const { workflowExecution } = await user.graph.query<{ workflowExecution: Shown }>(
    `query ($id: ID!) { workflowExecution(id: $id) { status resultBytes
      steps { id status attempts resultBytes error { code message } } } }`,
    { id },
  );
  return { ...workflowExecution, id };
}

const bytesOf = (characters: number) => characters + '{"text": ""}'.length;

test('a result of 4 MB is handed on and read, and its size is told without reading it', async () => {
  const { id, ...shown } = await run([
    agentStep('big', await agent(4_000_000)),
    transformStep('length', '$length(steps.big.result.text)', { dependencies: ['big'] }),
  ]);
  expect(shown).toMatchObject({ status: 'COMPLETED', resultBytes: 7 });
  expect(shown.steps[0]).toMatchObject({ attempts: 1, resultBytes: bytesOf(4_000_000) });
  const { workflowExecution } = await user.graph.query<{
    workflowExecution: { result: number; steps: { result: { text: string } | number }[] };
  }>('query ($id: ID!) { workflowExecution(id: $id) { result steps { result } } }', { id });
  expect(workflowExecution).toEqual({
    result: 4_000_000,
    steps: [{ result: { text: 'x'.repeat(4_000_000) } }, { result: 4_000_000 }],
  });
});

test('what an agent or an integration gives beyond 5 MB fails their steps once, saying how much is possible', async () => {
  const integrationId = await registerIntegration(user.graph, {
    type: 'HTTP',
    configuration: { baseUrl: service.url },
    operations: [{ name: 'big', method: 'GET', path: '/6000000' }],
    policy: { retry: { maxAttempts: 3 } },
  });
  const call = { id: 'call', stepType: 'INTEGRATION', config: { integrationId, operation: 'big', input: '{}' } };
  for (const step of [agentStep('big', await agent(6_000_000), { retryCount: 5 }), { ...call, retryCount: 5 }]) {
    const before = service.calls.filter(({ path }) => path === '/6000000').length;
    const { status, steps } = await run([step]);
    expect([status, steps[0]?.attempts, steps[0]?.error?.code]).toEqual(['FAILED', 1, 'RESULT_TOO_LARGE']);
    expect(steps[0]?.error?.message).toMatch(/5 MB|5242880/);
    expect(service.calls.filter(({ path }) => path === '/6000000')).toHaveLength(before + 1);
  }
});
