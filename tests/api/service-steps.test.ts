import { beforeAll, expect, test } from '@jest/globals';
import { createWorkflow, CREATE_WORKFLOW, executeWorkflow, executionEnds, transformStep } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;

beforeAll(async () => {
  user = await makeUser(product);
});

const notify = (config: object, more: object = {}) => ({
  id: 'notify',
  stepType: 'NOTIFICATION',
  config: { channel: 'IN_APP', ...config },
  ...more,
});
const context = (id: string, config: object, more: object = {}) => ({ id, stepType: 'CONTEXT', config, ...more });

async function run(steps: object[], more: object = {}) {
  const workflowId = await createWorkflow(user.graph, { steps, ...more });
  const id = await executeWorkflow(user.graph, workflowId, { input: { who: 'Ada', n: 2 } });
  return { id, execution: await executionEnds(user.graph, id) };
}

test('a step sends a notification, once for each of its runs, and the execution shows it', async () => {
  const text = notify({
    subject: 'A greeting',
    content: '{% "Hello " & input.who %}',
    metadata: { n: '{% input.n %}' },
    waitFor: 'DELIVERED',
  });
  const { id, execution } = await run([text, transformStep('end', 'steps.notify.result.status')]);
  expect(execution).toMatchObject({ status: 'COMPLETED', result: 'DELIVERED', steps: [{ attempts: 1 }, {}] });
  const show = `query ($id: ID!) { workflowExecution(id: $id) {
    notifications(first: 5) { totalCount nodes { notificationId stepId notification { content status } } }
    steps { notification { content metadata sender { id } } } } }`;
  const sent = { content: 'Hello Ada', status: 'DELIVERED' };
  const shown = await user.graph.query<object>(show, { id });
  expect(shown).toEqual({
    workflowExecution: {
      notifications: {
        totalCount: 1,
        nodes: [{ notificationId: expect.any(String), stepId: 'notify', notification: sent }],
      },
      steps: [
        { notification: { content: 'Hello Ada', metadata: { n: 2 }, sender: { id: user.id } } },
        { notification: null },
      ],
    },
  });
  await user.graph.mutate(
    `mutation ($id: ID!) { retryWorkflowExecution(input: { id: $id, fromStep: "notify" }) { __typename } }`,
    { id },
  );
  await executionEnds(user.graph, id);
  const again = await user.graph.query<{ workflowExecution: { notifications: { totalCount: number } } }>(
    `query ($id: ID!) { workflowExecution(id: $id) { notifications { totalCount } } }`,
    { id },
  );
  expect(again.workflowExecution.notifications.totalCount).toBe(2);
});

test('what the starter may not send is refused, and not tried again', async () => {
  const stranger = await makeUser(product);
  const { execution } = await run([notify({ userId: stranger.id, content: 'Hello' })]);
  expect(execution.status).toBe('FAILED');
  expect(execution.steps[0]?.attempts).toBe(1);
});

test('a context is read and written by steps: a key, a patch, a part; each once, at the version of the step', async () => {
  const { execution } = await run(
    [
      context('set', { action: 'WRITE', layer: 'facts', key: 'person', value: { name: '{% input.who %}', age: 36 } }),
      context('replace', { action: 'WRITE', layer: 'facts', key: 'person', value: { name: '{% input.who %}' } }),
      context('patch', { action: 'MERGE', layer: 'facts', patch: { person: { town: 'London' }, gone: 1 } }),
      context('remove', { action: 'REMOVE', layer: 'facts', key: 'gone' }),
      context('whole', { action: 'READ' }),
      context('layer', { action: 'READ', layer: 'facts', pointer: '/person/town' }),
      context('nothing', { action: 'READ', layer: 'none', pointer: '/a' }),
      transformStep(
        'end',
        '{"whole": steps.whole.result.value, "town": steps.layer.result.value, "nothing": steps.nothing.result.value, "version": steps.layer.result.version}',
      ),
    ],
    { contextMode: 'CREATE' },
  );
  expect(execution).toMatchObject({
    status: 'COMPLETED',
    result: { whole: { person: { name: 'Ada', town: 'London' } }, town: 'London', nothing: null, version: 5 },
  });
});

test('a context that is named is used with the rights of the starter; without one the step says so', async () => {
  const stranger = await makeUser(product);
  const make = async (owner: TestUser) => {
    const { context: made } = await owner.graph.mutate<{ context: { id: string } }>(
      `mutation ($input: CreateContextInput!) {
        createContext(input: $input) { __typename ... on CreateContextSuccess { context { id } } } }`,
      { input: { name: unique('context'), type: 'facts', layers: [{ layerType: 'facts', data: { n: 1 } }] } },
    );
    return made.id;
  };
  const own = await make(user);
  const named = [
    context('write', { action: 'WRITE', contextId: own, layer: 'facts', key: 'm', value: '{% input.n %}' }),
    context('read', { action: 'READ', contextId: `{% "${own}" %}` }),
  ];
  expect((await run(named)).execution.result).toEqual({ contextId: own, version: 2, value: { n: 1, m: 2 } });
  const foreign = await run([context('read', { action: 'READ', contextId: await make(stranger) })]);
  expect(foreign.execution).toMatchObject({ error: { code: 'CONTEXT_NOT_FOUND' }, steps: [{ attempts: 1 }] });
  const none = await run([context('read', { action: 'READ' })]);
  expect(none.execution.error).toEqual({ code: 'CONTEXT_NOT_FOUND', stepId: 'read' });
});

test('a workflow is refused whose steps cannot send or use anything', async () => {
  const steps = [
    { ...notify({}), id: 'a' },
    { ...notify({ content: 'x', templateId: 'y' }), id: 'b' },
    { ...notify({ content: '{% input. %}', chanel: 1 }), id: 'c' },
    context('d', { action: 'WRITE', layer: 'facts', key: 'k' }),
    context('e', { action: 'READ', pointer: 'a' }),
    context('f', { action: 'DROP' }),
    context('g', { action: 'MERGE', layer: 'facts', patch: { a: '{% steps.h.result %}' } }),
  ];
  const result = await user.graph.mutate<{ problems: { code: string; path: string }[] }>(CREATE_WORKFLOW, {
    input: { name: unique('wrong'), type: 'PARALLEL', steps },
  });
  expect(result.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
    'MISSING_VALUE steps[0].config.content',
    'INVALID_VALUE steps[1].config.content',
    'INVALID_VALUE steps[2].config.chanel',
    'INVALID_VALUE steps[3].config.value',
    'INVALID_VALUE steps[4].config.pointer',
    'INVALID_VALUE steps[5].config.action',
    'UNKNOWN_STEP steps[6].config.patch.a',
  ]);
});
