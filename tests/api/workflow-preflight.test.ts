import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { answerChat } from '../harness/chat-double.ts';
import { agentStep, createWorkflow, registerAgent, transformStep } from '../harness/fixtures.ts';
import type { GraphClient } from '../harness/graph.ts';
import { registerIntegration } from '../harness/integrations.ts';
import { createContext, execute, llmAgent, modelServer, stopModelServers } from '../harness/llm.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let failing: HttpDouble;
beforeAll(async () => {
  user = await makeUser(product);
  failing = await HttpDouble.start(({ response }) => sendJson(response, {}, 500));
});
afterAll(() => Promise.all([failing?.stop(), stopModelServers()]));

interface Finding {
  readonly workflowId: string;
  readonly stepId: string | null;
  readonly severity: 'ERROR' | 'WARNING';
  readonly code: string;
  readonly message: string;
  readonly path: string | null;
}

interface Preflight {
  readonly ready: boolean;
  readonly findings: readonly Finding[];
}

async function look(id: string, more: object = {}, graph: GraphClient = user.graph): Promise<Preflight> {
  const { preflightWorkflow } = await graph.query<{ preflightWorkflow: Preflight }>(
    `query Look($id: ID!, $input: JSON, $contextId: ID) {
      preflightWorkflow(id: $id, input: $input, contextId: $contextId) {
        ready findings { workflowId stepId severity code message path }
      }
    }`,
    { id, ...more },
  );
  return preflightWorkflow;
}

/** What is found of a workflow of these steps, without the messages. */
async function found(steps: readonly object[], more: object = {}, settings: object = {}) {
  const { findings } = await look(await createWorkflow(user.graph, { steps, ...settings }), more);
  return findings.map(({ stepId, severity, code, path }) => [stepId, severity, code, path]);
}

const change = (graph: GraphClient, mutation: string, type: string, input: object) =>
  graph
    .mutate<{ __typename: string }>(`mutation ($input: ${type}Input!) { ${mutation}(input: $input) { __typename } }`, {
      input,
    })
    .then(({ __typename }) => expect(__typename).toBe(`${type}Success`));

const integration = (more: object = {}) =>
  registerIntegration(user.graph, {
    type: 'HTTP',
    configuration: { baseUrl: failing.url },
    operations: [{ name: 'book', method: 'POST', path: '/book' }],
    ...more,
  });
const callStep = (id: string, integrationId: string, more: object = {}) => ({
  ...{ id, stepType: 'INTEGRATION', retryCount: 0 },
  config: { integrationId, operation: 'book', input: {}, maxWaitMs: 0 },
  ...more,
});

test('nothing is found of what would work', async () => {
  const agentId = await registerAgent(user.graph);
  const steps = [agentStep('work', agentId), callStep('call', await integration()), transformStep('sum', 'input.a')];
  expect(await look(await createWorkflow(user.graph, { steps }), { input: { a: 1 } })).toEqual({
    ready: true,
    findings: [],
  });
});

test('agents that accept no work, are gone, or would refuse what they are given', async () => {
  const inactive = await registerAgent(user.graph);
  const strict = await registerAgent(user.graph, {
    ...{ name: unique('strict'), type: 'Echo', kind: 'BUILTIN' },
    builtin: { function: 'TRANSFORM', options: { expression: '$' } },
    inputSchema: { type: 'object', required: ['title'] },
  });
  const gone = await registerAgent(user.graph);
  const steps = [
    agentStep('off', inactive),
    agentStep('gone', gone),
    agentStep('given', strict),
    agentStep('computed', strict, { config: { input: '{ "title": input.name }' } }),
    agentStep('later', strict, { config: { input: 'steps.given.result' }, dependencies: ['given'] }),
  ];
  const id = await createWorkflow(user.graph, { steps });
  await change(user.graph, 'updateAgent', 'UpdateAgent', { id: inactive, status: 'INACTIVE' });
  await change(user.graph, 'deregisterAgent', 'DeregisterAgent', { id: gone });
  const { ready, findings } = await look(id, { input: {} });
  expect(ready).toBe(false);
  expect(findings.map(({ stepId, code, path }) => [stepId, code, path])).toEqual([
    ['off', 'AGENT_INACTIVE', 'steps[0].agentId'],
    ['gone', 'UNKNOWN_AGENT', 'steps[1].agentId'],
    ['given', 'INVALID_INPUT', 'steps[2].config.input'],
    ['computed', 'INVALID_INPUT', 'steps[3].config.input'],
  ]);
  const better = await look(id, { input: { name: 'x', title: 'y' } });
  expect(better.findings.map(({ stepId }) => stepId)).toEqual(['off', 'gone']);
});

test('the budget of an agent that is used up, and only for its steps', async () => {
  const model = await modelServer((_call, response) => answerChat(response, ['Yes.']));
  const [spent, other] = [await llmAgent(user.graph, model.url), await llmAgent(user.graph, model.url)];
  const budget = { name: 'Trial', scope: 'AGENT', subjectId: spent, maxCalls: 1 };
  await change(user.graph, 'createBudget', 'CreateBudget', budget);
  const id = await createWorkflow(user.graph, { steps: [agentStep('a', spent), agentStep('b', other)] });
  expect(await look(id)).toEqual({ ready: true, findings: [] });
  await execute(user.graph, spent);
  const { ready, findings } = await look(id);
  expect({ ready, findings }).toEqual({
    ready: false,
    findings: [
      {
        ...{ workflowId: id, stepId: 'a', severity: 'ERROR', code: 'BUDGET_EXHAUSTED', path: 'steps[0]' },
        message: 'The budget "Trial" (AGENT) is used up.',
      },
    ],
  });
});

test('integrations that are switched off or whose circuit is open, inside of steps and in compensations too', async () => {
  const off = await integration();
  const open = await integration({ policy: { retry: { maxAttempts: 1 }, circuitBreaker: { minimumCalls: 3 } } });
  const invoke = `mutation ($input: InvokeIntegrationInput!) {
    invokeIntegration(input: $input) { __typename ... on MutationError { code } }
  }`;
  await until('the circuit is open', async () => {
    const input = { id: open, operation: 'book', input: {} };
    return (await user.graph.mutate<{ code?: string }>(invoke, { input })).code === 'CIRCUIT_OPEN';
  });
  const { stepType, config } = callStep('undo', off);
  const each = { items: 'input', steps: [callStep('inner', open)] };
  const id = await createWorkflow(user.graph, {
    steps: [
      { id: 'each', stepType: 'FOR_EACH', config: each },
      { ...transformStep('undone', '1'), compensation: { stepType, config } },
    ],
  });
  await change(user.graph, 'updateIntegration', 'UpdateIntegration', { id: off, status: 'INACTIVE' });
  const { ready, findings } = await look(id);
  expect(ready).toBe(false);
  expect(findings.map(({ stepId, severity, code, path }) => [stepId, severity, code, path])).toEqual([
    ['undone', 'ERROR', 'INTEGRATION_INACTIVE', 'steps[1].compensation.config.integrationId'],
    ['inner', 'WARNING', 'CIRCUIT_OPEN', 'steps[0].config.steps[0].config.integrationId'],
  ]);
});

test('templates that cannot be used', async () => {
  const make = async (more: object) => {
    const template = { name: unique('template'), channel: 'IN_APP', contentTemplate: 'Hello {{ name }}', ...more };
    const { template: made } = await user.graph.mutate<{ template: { id: string } }>(
      `mutation ($input: CreateNotificationTemplateInput!) {
        createNotificationTemplate(input: $input) { ... on CreateNotificationTemplateSuccess { template { id } } }
      }`,
      { input: { variables: [{ name: 'name' }], ...template } },
    );
    return made.id;
  };
  const [off, good] = [await make({ isActive: false }), await make({})];
  const send = (id: string, templateId: string, more: object = {}) => {
    const config = { channel: 'IN_APP', userId: user.id, templateId, variables: { name: '{% input.name %}' }, ...more };
    return { id, stepType: 'NOTIFICATION', config };
  };
  const steps = [
    send('good', good),
    send('computed', '{% input.template %}'),
    send('off', off),
    send('none', 'none'),
    send('less', good, { variables: {} }),
  ];
  expect(await found(steps)).toEqual([
    ['off', 'ERROR', 'INVALID_TEMPLATE', 'steps[2].config.templateId'],
    ['none', 'ERROR', 'INVALID_TEMPLATE', 'steps[3].config.templateId'],
    ['less', 'ERROR', 'INVALID_TEMPLATE', 'steps[4].config.variables.name'],
  ]);
});

test('input and context that the workflow would refuse', async () => {
  const settings = { inputSchema: { properties: { a: { type: 'number' } } }, contextMode: 'REQUIRED' };
  const steps = [transformStep('sum', 'input.a')];
  expect(await found(steps, { input: { a: 'x' } }, settings)).toEqual([
    [null, 'ERROR', 'INVALID_INPUT', 'input.a'],
    [null, 'ERROR', 'INVALID_CONTEXT', 'contextId'],
  ]);
  const contextId = await createContext(user.graph, {});
  expect(await found(steps, { input: { a: 1 }, contextId }, settings)).toEqual([]);
});

test('workflows that are run are looked into, with what they would be given', async () => {
  const agentId = await registerAgent(user.graph);
  const inner = await createWorkflow(user.graph, {
    inputSchema: { required: ['name'] },
    steps: [agentStep('work', agentId)],
  });
  const archived = await createWorkflow(user.graph, { steps: [transformStep('a', '1')] });
  const run = (id: string, workflowId: string, input: string) => {
    return { id, stepType: 'SUB_WORKFLOW', config: { workflowId, input } };
  };
  const id = await createWorkflow(user.graph, {
    steps: [run('good', inner, '{ "name": 1 }'), run('bad', inner, '{ "title": 1 }'), run('old', archived, 'input')],
  });
  await change(user.graph, 'updateAgent', 'UpdateAgent', { id: agentId, status: 'INACTIVE' });
  await change(user.graph, 'archiveWorkflow', 'ArchiveWorkflow', { id: archived });
  const { findings } = await look(id);
  expect(findings.map(({ workflowId, stepId, code, path }) => [workflowId, stepId, code, path])).toEqual([
    [inner, 'work', 'AGENT_INACTIVE', 'steps[0].agentId'],
    [id, 'bad', 'INVALID_INPUT', 'steps[1].config.input'],
    [id, 'old', 'NOT_EXECUTABLE', 'steps[2].config.workflowId'],
  ]);
});

test('what the viewer may not do, and what they may not find out', async () => {
  const admin = await administrator(product);
  const name = unique('looks');
  await change(admin.graph, 'createRole', 'CreateRole', { name, scopes: ['workflow:read', 'workflow:read-any'] });
  const viewer = await makeUser(product, { roles: [name] });
  const agentId = await registerAgent(user.graph);
  const id = await createWorkflow(user.graph, { steps: [agentStep('work', agentId)] });
  const { ready, findings } = await look(id, {}, viewer.graph);
  expect(ready).toBe(false);
  expect(findings.map(({ stepId, severity, code, message }) => [stepId, severity, code, message])).toEqual([
    [null, 'ERROR', 'MISSING_PERMISSION', 'Starting it needs workflow:execute, which you do not have.'],
    [null, 'ERROR', 'MISSING_PERMISSION', 'Starting it needs workflow:execute-any, which you do not have.'],
    ['work', 'ERROR', 'MISSING_PERMISSION', 'The step needs agent:execute, which you do not have.'],
    ['work', 'WARNING', 'UNKNOWN', expect.stringMatching(/^The agent could not be checked: .*agent:read/)],
  ]);
});
