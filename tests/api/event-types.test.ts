import { expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { sql, type Domain } from '../harness/databases.ts';
import {
  agentStep,
  createWorkflow,
  executeWorkflow,
  executionEnds,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique } from '../harness/users.ts';

interface EventType {
  readonly name: string;
  readonly forTriggers: boolean;
  readonly forSteps: boolean;
  readonly payloadSchema: { readonly properties: object; readonly required: readonly string[] };
}

const product = sharedProduct();

/** Types and payloads of events that belong to a user. */
const eventsOf = (domain: Domain, owner: string) =>
  sql<{ type: string; payload: object }>(
    product,
    domain,
    'select type, payload from outbox_events where owner_id = $1',
    [owner],
  );

test('what events tell is what workflowEventTypes says of them, and nothing else', async () => {
  const user = await makeUser(product);
  const { me, workflowEventTypes } = await user.graph.query<{ me: { id: string }; workflowEventTypes: EventType[] }>(
    '{ me { id } workflowEventTypes { name forTriggers forSteps payloadSchema } }',
  );
  const agent = await registerAgent(user.graph);
  const fine = await createWorkflow(user.graph, { name: unique('fine'), steps: [agentStep('a', agent)] });
  const wrong = { retryCount: 0 };
  const fails = await createWorkflow(user.graph, {
    name: unique('fails'),
    steps: [transformStep('a', '$error("no")', wrong)],
  });
  for (const id of [fine, fails]) await executionEnds(user.graph, await executeWorkflow(user.graph, id));

  const wanted = [
    'agent.executed',
    'agent.registered',
    'user.registered',
    'workflow.completed',
    'workflow.failed',
    'workflow.started',
  ];
  const happened = async () => {
    const all = await Promise.all((['auth', 'agent', 'workflow'] as const).map((domain) => eventsOf(domain, me.id)));
    return all.flat().filter(({ type }) => wanted.includes(type));
  };
  const types = async () => [...new Set((await happened()).map(({ type }) => type))].toSorted();
  await until('all has been told', async () => (await types()).length === wanted.length);
  const ajv = new Ajv2020({ strict: false });
  for (const { type, payload } of await happened()) {
    const { payloadSchema } = workflowEventTypes.find(({ name }) => name === type)!;
    const validate = ajv.compile({ ...payloadSchema, additionalProperties: false });
    validate(payload);
    expect({ type, payload, problems: validate.errors }).toEqual({ type, payload, problems: null });
  }
});

test.each([
  ['forTriggers', 'integration.webhook.received'],
  ['forSteps', 'user.registered'],
] as const)('all events are %s but one', async (use, but) => {
  const user = await makeUser(product);
  const { workflowEventTypes } = await user.graph.query<{ workflowEventTypes: EventType[] }>(
    '{ workflowEventTypes { name forTriggers forSteps } }',
  );
  expect(workflowEventTypes.filter((type) => !type[use]).map(({ name }) => name)).toEqual([but]);
});
