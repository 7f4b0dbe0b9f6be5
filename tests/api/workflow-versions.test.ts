import { beforeAll, expect, test } from '@jest/globals';
import { createWorkflow, delayStep, transformStep } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});

const UPDATE = `mutation Update($input: UpdateWorkflowInput!) {
  updateWorkflow(input: $input) { __typename ... on UpdateWorkflowSuccess { workflow { version } } }
}`;
const DIFF = `query Diff($id: ID!, $from: Int!, $to: Int) {
  workflowVersionDiff(workflowId: $id, from: $from, to: $to) {
    from to
    steps { stepId change before { name } after { name } patch { op path value } }
    settings { op path value }
  }
}`;

async function twoVersions(): Promise<string> {
  const id = await createWorkflow(user.graph, {
    config: { limit: 1 },
    steps: [transformStep('kept', '1'), transformStep('changed', '1'), delayStep('removed', 1)],
  });
  const steps = [
    transformStep('added', '2', { dependencies: [] }),
    transformStep('kept', '1', { dependencies: [] }),
    transformStep('changed', '2', { name: 'Other', dependencies: ['kept'] }),
  ];
  const updated = await user.graph.mutate<object>(UPDATE, {
    input: { id, steps, config: { limit: 2 }, inputSchema: { type: 'object' } },
  });
  expect(updated).toEqual({ __typename: 'UpdateWorkflowSuccess', workflow: { version: 2 } });
  return id;
}

test('what differs between two versions: steps by their ids, their fields, and settings', async () => {
  const id = await twoVersions();
  const replaced = (path: string, value: unknown) => ({ op: 'REPLACE', path, value });
  const { workflowVersionDiff } = await user.graph.query<{ workflowVersionDiff: object }>(DIFF, { id, from: 1 });
  expect(workflowVersionDiff).toEqual({
    from: 1,
    to: 2,
    steps: [
      { stepId: 'added', change: 'ADDED', before: null, after: { name: 'added' }, patch: [] },
      {
        stepId: 'changed',
        change: 'CHANGED',
        before: { name: 'changed' },
        after: { name: 'Other' },
        patch: [replaced('/name', 'Other'), replaced('/config/expression', '2')],
      },
      { stepId: 'removed', change: 'REMOVED', before: { name: 'removed' }, after: null, patch: [] },
    ],
    settings: [replaced('/inputSchema', { type: 'object' }), replaced('/config/limit', 2)],
  });
});

test('a version differs in nothing from itself, and going back is what going forward is the other way round', async () => {
  const id = await twoVersions();
  const same = await user.graph.query<{ workflowVersionDiff: object }>(DIFF, { id, from: 2, to: 2 });
  expect(same.workflowVersionDiff).toEqual({ from: 2, to: 2, steps: [], settings: [] });
  const { workflowVersionDiff: back } = await user.graph.query<{
    workflowVersionDiff: { steps: { stepId: string; change: string }[] };
  }>(DIFF, { id, from: 2, to: 1 });
  expect(back.steps.map(({ stepId, change }) => [stepId, change])).toEqual([
    ['changed', 'CHANGED'],
    ['removed', 'ADDED'],
    ['added', 'REMOVED'],
  ]);
});

test.each([
  [{ from: 3 }, 'from: must be a version of the workflow, 1 to 2'],
  [{ from: 1, to: 0 }, 'to: must be a version of the workflow, 1 to 2'],
])('a version that it does not have is refused: %j', async (versions, message) => {
  const id = await twoVersions();
  const { errors } = await user.graph.ask(DIFF, { id, ...versions });
  expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
});
