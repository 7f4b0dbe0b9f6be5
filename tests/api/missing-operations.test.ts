import { expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { createWorkflow, transformStep } from '../harness/fixtures.ts';
import { registerIntegration } from '../harness/integrations.ts';
import { llmAgent } from '../harness/llm.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser } from '../harness/users.ts';

const product = sharedProduct();
const get = (name: string) => ({ name, method: 'GET', path: `/${name}` });

interface Dependent {
  readonly id: string;
  readonly impact: string;
  readonly missingOperations: readonly string[];
}

test('workflows and agents that call an operation that is gone are blocked, and told which one it is', async () => {
  const { graph } = await makeUser(product);
  const service = { type: 'HTTP', configuration: { baseUrl: 'https://service.invalid' } };
  const integrationId = await registerIntegration(graph, { ...service, operations: ['a', 'b', 'c'].map(get) });
  const step = (operation: string, id = operation) => ({
    ...{ id, stepType: 'INTEGRATION', config: { integrationId, operation } },
  });
  const each = { id: 'each', stepType: 'FOR_EACH', config: { items: '[1]', steps: [step('b'), step('c')] } };
  const plain = await createWorkflow(graph, { steps: [step('a'), step('a', 'again'), step('b')] });
  const nested = await createWorkflow(graph, { steps: [each] });
  const prepared = await createWorkflow(graph, {
    steps: [
      { ...step('b'), onFailure: ['instead'] },
      { ...transformStep('instead', '1'), dependencies: ['b'] },
    ],
  });
  const agent = await llmAgent(graph, 'https://model.invalid', {
    llm: {
      tools: [
        { integration: { integrationId, operations: ['a'], prefix: 'one' } },
        { integration: { integrationId, operations: ['c', 'b'], prefix: 'two' } },
      ],
    },
  });
  const shown = async () => {
    const { integration } = await graph.query<{ integration: { dependents: { nodes: readonly Dependent[] } } }>(
      `query ($id: ID!) { integration(id: $id) { dependents { nodes { id impact missingOperations } } } }`,
      { id: integrationId },
    );
    const { nodes } = integration.dependents;
    return Object.fromEntries(nodes.map(({ id, impact, missingOperations }) => [id, [impact, ...missingOperations]]));
  };
  const change = (mutation: string, input: object) =>
    graph.mutate(
      `mutation ($input: ${mutation[0]!.toUpperCase() + mutation.slice(1)}Input!) {
      ${mutation}(input: $input) { __typename } }`,
      { input },
    );

  await until('all are known', async () => Object.keys(await shown()).length === 4);
  expect(await shown()).toEqual({ [plain]: ['NONE'], [nested]: ['NONE'], [prepared]: ['NONE'], [agent]: ['NONE'] });
  await change('updateIntegration', { id: integrationId, operations: ['a'].map(get) });
  const without = {
    [plain]: ['BLOCKED', 'b'],
    [nested]: ['BLOCKED', 'b', 'c'],
    [prepared]: ['FALLBACK', 'b'],
    [agent]: ['BLOCKED', 'b', 'c'],
  };
  expect(await shown()).toEqual(without);

  // The integration stays the same, and what is called of it changes.
  await change('updateWorkflow', { id: plain, steps: [step('a')] });
  await until('the workflow needs nothing else', async () => (await shown())[plain]?.join() === 'NONE');
  expect(await shown()).toEqual({ ...without, [plain]: ['NONE'] });
});
