import { startWorkflow, user, type WorkflowHarness } from '../../testing/workflow-harness.ts';

let workflow: WorkflowHarness;
beforeAll(async () => {
  workflow = await startWorkflow();
});
afterAll(() => workflow.stop());

const ann = user('ann');
const step = (expression: string) => ({ id: 'a', stepType: 'TRANSFORM', config: { expression } });

interface Changed {
  readonly __typename: string;
  readonly code?: string;
  readonly workflow: { readonly id: string; readonly revision: number; readonly version: number };
}

const WORKFLOW = 'workflow { id revision version description }';

async function mutate(name: string, input: object): Promise<Changed> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}`;
  const changed = name === 'updateWorkflow' ? `... on WorkflowChangedError { code ${WORKFLOW} }` : '';
  const document = `mutation ($input: ${type}Input!) {
    ${name}(input: $input) { __typename ... on ${type}Success { ${WORKFLOW} } ... on MutationError { code } ${changed} }
  }`;
  return (await workflow.ask<Record<string, Changed>>(ann, document, { input }))[name]!;
}

const create = async () =>
  (await mutate('createWorkflow', { name: `w${Math.random()}`, steps: [step('1')] })).workflow.id;

test('each change raises the revision, only those of the definition the version', async () => {
  const id = await create();
  const seen: [number, number][] = [];
  for (const [name, input] of [
    ['updateWorkflow', { description: 'what it is for' }],
    ['updateWorkflow', { steps: [step('2')] }],
    ['archiveWorkflow', {}],
    ['activateWorkflow', {}],
    ['updateWorkflow', { tags: ['x'], config: { a: 1 } }],
  ] as const) {
    const { revision, version } = (await mutate(name, { id, ...input })).workflow;
    seen.push([revision, version]);
  }
  expect(seen).toEqual([
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 2],
    [6, 3],
  ]);
});

test.each([
  ['a description', 'updateWorkflow', { description: 'of somebody else' }],
  ['steps', 'updateWorkflow', { steps: [step('3')] }],
  ['the status', 'archiveWorkflow', {}],
])(
  'what somebody else has changed, %s, is not overwritten, and the answer has it as it is now',
  async (_, name, by) => {
    const id = await create();
    const { workflow: now } = await mutate(name, { id, ...by });
    expect(await mutate('updateWorkflow', { id, expectedRevision: 1, description: 'mine' })).toEqual({
      __typename: 'WorkflowChangedError',
      code: 'CONFLICT',
      workflow: now,
    });
    if (name === 'archiveWorkflow') await mutate('activateWorkflow', { id });
    const revision = name === 'archiveWorkflow' ? 3 : 2;
    expect(await mutate('updateWorkflow', { id, expectedRevision: revision, description: 'mine' })).toMatchObject({
      __typename: 'UpdateWorkflowSuccess',
      workflow: { revision: revision + 1, description: 'mine' },
    });
  },
);

test('of changes at the same time that have seen the same revision one is made', async () => {
  const id = await create();
  const answers = await Promise.all(
    Array.from({ length: 5 }, (_, n) =>
      mutate('updateWorkflow', {
        id,
        expectedRevision: 1,
        ...(n % 2 ? { description: `${n}` } : { steps: [step(`${n + 5}`)] }),
      }),
    ),
  );
  expect(answers.map(({ __typename }) => __typename).sort()).toEqual([
    'UpdateWorkflowSuccess',
    ...Array.from({ length: 4 }, () => 'WorkflowChangedError'),
  ]);
  expect(answers.map((answer) => answer.workflow.revision)).toEqual([2, 2, 2, 2, 2]);
});

test('workflows that are changed at the same time do not come to run each other', async () => {
  const runs = (workflowId: string) => [{ id: 'a', stepType: 'SUB_WORKFLOW', config: { workflowId } }];
  for (let round = 0; round < 5; round += 1) {
    const [one, two] = [await create(), await create()];
    const changes = [
      { id: one, steps: runs(two) },
      { id: two, steps: runs(one) },
    ];
    const answers = await Promise.all(changes.map((change) => mutate('updateWorkflow', change)));
    const names = answers.map(({ __typename }) => __typename).sort();
    expect(names).toEqual(['InvalidWorkflowError', 'UpdateWorkflowSuccess']);
  }
});
