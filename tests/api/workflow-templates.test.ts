import { beforeAll, expect, test } from '@jest/globals';
import { agentStep, createWorkflow, echoAgent, registerAgent, transformStep } from '../harness/fixtures.ts';
import type { GraphClient } from '../harness/graph.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let ada: TestUser;
let bob: TestUser;
beforeAll(async () => {
  [ada, bob] = await Promise.all([makeUser(product), makeUser(product)]);
});

interface Outcome {
  readonly __typename: string;
  readonly template?: { readonly id: string; readonly version: number };
  readonly workflow?: { readonly id: string; readonly config: object; readonly steps: { readonly agentId: string }[] };
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

const SELECTIONS = {
  saveWorkflowAsTemplate: 'template { id version roles { name preset agentType } parameters }',
  updateWorkflowTemplate: 'template { id version isShared name }',
  deleteWorkflowTemplate: 'templateId',
  createWorkflowFromTemplate: 'workflow { id name config steps { agentId } } agents { role agentId source }',
};

function mutate(who: GraphClient, field: keyof typeof SELECTIONS, input: object): Promise<Outcome> {
  const name = field[0]!.toUpperCase() + field.slice(1);
  const fields = field === 'deleteWorkflowTemplate' ? '' : '... on InvalidInputError { fields { path message } }';
  const selection = `... on ${name}Success { ${SELECTIONS[field]} } ... on MutationError { code message } ${fields}`;
  const document = `mutation Try($input: ${name}Input!) { ${field}(input: $input) { __typename ${selection} } }`;
  return who.mutate<Outcome>(document, { input });
}

const agentsOf = async (who: TestUser) =>
  (await who.graph.query<{ agents: { totalCount: number } }>('{ agents { totalCount } }')).agents.totalCount;
const seenBy = async (who: TestUser, id: string) => {
  const query = 'query See($id: ID!) { workflowTemplate(id: $id) { id } }';
  return (await who.graph.query<{ workflowTemplate: { id: string } | null }>(query, { id })).workflowTemplate !== null;
};

async function savedTemplate() {
  const agentId = await registerAgent(ada.graph, { ...echoAgent(), type: 'Careful reader' });
  const steps = [agentStep('read', agentId), transformStep('cut', '$substring(steps.read.result, 0, context.length)')];
  const workflowId = await createWorkflow(ada.graph, { config: { length: 5, mode: 'plain' }, steps });
  const name = unique('template');
  const { template } = await mutate(ada.graph, 'saveWorkflowAsTemplate', { workflowId, name });
  return { agentId, workflowId, name, template: template! };
}

test('a workflow is saved with roles and parameters, and made again with other ones', async () => {
  const { agentId, workflowId, name, template } = await savedTemplate();
  expect(template).toMatchObject({
    version: 1,
    roles: [{ name: 'carefulreader', preset: null, agentType: 'Careful reader' }],
    parameters: {
      type: 'object',
      properties: { length: { type: 'number', default: 5 }, mode: { type: 'string', default: 'plain' } },
      additionalProperties: false,
    },
  });
  expect(await mutate(ada.graph, 'saveWorkflowAsTemplate', { workflowId, name })).toMatchObject({
    __typename: 'WorkflowTemplateNameTakenError',
  });
  const create = (more: object) =>
    mutate(ada.graph, 'createWorkflowFromTemplate', { templateId: template.id, ...more });
  // The newest of this type is found; the one that is named comes first.
  const newest = await registerAgent(ada.graph, { ...echoAgent(), type: 'Careful reader' });
  expect(await create({ name: unique('found'), parameters: { length: 7 } })).toMatchObject({
    workflow: { config: { length: 7, mode: 'plain' }, steps: [{ agentId: newest }, { agentId: null }] },
    agents: [{ role: 'carefulreader', agentId: newest, source: 'FOUND' }],
  });
  expect(await create({ name, agents: [{ role: 'carefulreader', agentId }] })).toMatchObject({
    workflow: { name, steps: [{ agentId }, { agentId: null }] },
    agents: [{ agentId, source: 'GIVEN' }],
  });
  expect(await create({ name })).toMatchObject({ __typename: 'WorkflowNameTakenError' });
});

test('mistakes are told all at once, by field, and nothing is created', async () => {
  const { template } = await savedTemplate();
  const bobs = await registerAgent(bob.graph);
  const agents = [{ role: 'carefulreader', agentId: bobs }];
  const parameters = { length: 'long', other: 1 };
  const tried = await mutate(ada.graph, 'createWorkflowFromTemplate', { templateId: template.id, parameters, agents });
  expect(tried.fields!.map(({ path }) => path).sort()).toEqual([
    'agents[0].agentId',
    'parameters.length',
    'parameters.other',
  ]);
  const roles = [{ role: 'writer', agentId: bobs }];
  expect(
    await mutate(ada.graph, 'createWorkflowFromTemplate', { templateId: template.id, agents: roles }),
  ).toMatchObject({
    fields: [{ path: 'agents[0].role', message: 'is no role of this template: there are carefulreader' }],
  });
  const before = await agentsOf(bob);
  const feature = (more: object) => mutate(bob.graph, 'createWorkflowFromTemplate', { templateId: 'feature', ...more });
  const vacant = await feature({});
  expect(vacant.fields).toHaveLength(11);
  expect(vacant.fields![0]).toEqual({
    path: 'agents',
    message:
      'names nobody for productOwner, and you have no active agent of the type ProductOwner: add {role: "productOwner", agentId}, or give createAgents, the model for new ones',
  });
  const createAgents = { baseUrl: 'nowhere', model: 'm' };
  expect(await feature({ createAgents })).toMatchObject({ fields: [{ path: 'createAgents.baseUrl' }] });
  expect(await feature({ createAgents: { ...createAgents, provider: 'X' } })).toMatchObject({
    __typename: 'InvalidInputError',
    fields: [{ path: 'createAgents.provider', message: 'must be OPENAI_COMPATIBLE or ANTHROPIC' }],
  });
  // An agent that is something else has the name of one of eleven: none is registered.
  await registerAgent(bob.graph, { ...echoAgent(), name: 'Release manager' });
  const good = { baseUrl: 'https://models.example/v1', model: 'm' };
  expect(await feature({ createAgents: good })).toMatchObject({
    fields: [{ path: 'createAgents', message: expect.stringContaining('You have an agent called "Release manager"') }],
  });
  expect(await agentsOf(bob)).toBe(before + 1);
});

test('templates belong to their owner until an administrator shares them; those of the product to nobody', async () => {
  const { template } = await savedTemplate();
  const { id } = template;
  expect(await seenBy(bob, id)).toBe(false);
  const admin = await administrator(product);
  expect(await mutate(admin.graph, 'updateWorkflowTemplate', { id, isShared: true })).toMatchObject({
    template: { version: 2, isShared: true },
  });
  expect(await seenBy(bob, id)).toBe(true);
  expect(await mutate(bob.graph, 'updateWorkflowTemplate', { id, name: 'mine' })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await mutate(ada.graph, 'updateWorkflowTemplate', { id, expectedVersion: 1 })).toMatchObject({
    code: 'CONFLICT',
  });
  expect(await mutate(ada.graph, 'updateWorkflowTemplate', { id, expectedVersion: 2, isShared: false })).toMatchObject({
    template: { version: 3, isShared: false },
  });
  const { errors } = await ada.graph.ask(
    'mutation ($id: ID!) { updateWorkflowTemplate(input: { id: $id, isShared: true }) { __typename } }',
    { id },
  );
  expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN']);
  expect(await mutate(admin.graph, 'deleteWorkflowTemplate', { id: 'feature' })).toMatchObject({ code: 'CONFLICT' });
  expect(await mutate(ada.graph, 'deleteWorkflowTemplate', { id })).toMatchObject({ templateId: id });
  expect(await seenBy(ada, id)).toBe(false);
});
