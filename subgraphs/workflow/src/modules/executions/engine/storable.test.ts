import { closeSandbox } from '@flowmesh/platform/sandbox';
import {
  createEngine,
  ended,
  noAgents,
  noContexts,
  noWorkflows,
  startRequest,
  step,
  storeWorkflow,
} from '../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import { StepWait, type IntegrationPort, type WorkflowPort } from '../step-types/step-type.ts';
import type { StepDefinition } from './definition.ts';
import { storableText, storageProblem } from '@flowmesh/platform/validation';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

const NUL = `$base64decode('AA==')`;
const HALF_PAIR = `$split($decodeUrlComponent('%F0%9F%98%80'),'')[0]`;

async function run(
  more: Partial<StepDefinition>,
  ports: { contexts?: typeof noContexts; workflows?: WorkflowPort; integrations?: IntegrationPort } = {},
) {
  const { pool } = database;
  const { contexts, workflows, integrations } = ports;
  const { engine, work } = createEngine(
    pool,
    createLocalQueues(),
    noAgents,
    900_000,
    contexts,
    workflows,
    integrations,
  );
  const worker = await work();
  const { id } = await engine.start(startRequest(await storeWorkflow(pool, [step('one', more)])));
  const execution = await ended(pool, id);
  await worker.stop();
  return execution;
}

test('texts are told apart, and repaired', () => {
  expect(['a\0', 'a\ud83d', { 'k\0': 1 }].map((value) => storageProblem(value) !== null)).toEqual([true, true, true]);
  expect(['😀', '\\u0000', undefined, null].map(storageProblem)).toEqual([null, null, null, null]);
  expect(['a\0b', 'a\ud83d', '\ude00b', '😀'].map(storableText)).toEqual(['a�b', 'a�', '�b', '😀']);
});

describe.each([
  ['NUL', NUL],
  ['half a surrogate pair', HALF_PAIR],
])('%s', (_what, text) => {
  test.each<[string, Partial<StepDefinition>, string, string]>([
    ['a result', { config: { expression: text } }, 'STEP_FAILED', 'The result holds'],
    [
      'the message of an approval',
      { stepType: 'APPROVAL', config: { message: text, approvers: { owner: true }, deadlineSeconds: 60 } },
      'STEP_FAILED',
      'The message of the approval holds',
    ],
    [
      'the value of a correlation',
      {
        stepType: 'WAIT_FOR_EVENT',
        config: { event: 'paid', correlation: { field: 'id', value: text }, timeoutSeconds: 60 },
      },
      'STEP_FAILED',
      'The value of the correlation holds',
    ],
    ['the message of an error', { config: { expression: `$error('no' & ${text})` } }, 'EXPRESSION', 'no�'],
    [
      'the id of a context',
      { stepType: 'CONTEXT', config: { action: 'READ', contextId: `{% ${text} %}` } },
      'EXPRESSION',
      'contextId: the result holds',
    ],
  ])('in %s fails the step, which says why', async (_where, more, code, message) => {
    const execution = await run(more);
    expect(execution).toMatchObject({ status: 'FAILED', error: { code } });
    expect((execution.error as { message: string }).message).toContain(message);
  });

  test.each([true, false])('in the input of another workflow, wait: %s: it is not asked for', async (wait) => {
    const execution = await run(
      { stepType: 'SUB_WORKFLOW', config: { workflowId: 'other', input: text, wait } },
      { workflows: noWorkflows },
    );
    expect(execution).toMatchObject({ status: 'FAILED', error: { code: 'STEP_FAILED' } });
    expect((execution.error as { message: string }).message).toContain('The input of the other workflow holds');
  });
});

test('why a service asks for patience is stored with what cannot be stored replaced, and the step goes on', async () => {
  const reasons = ['busy\0', 'busy\ud83d'];
  const integrations: IntegrationPort = {
    async invoke() {
      const reason = reasons.shift();
      if (reason === undefined) return 'done';
      throw new StepWait('integration', { reason, retryAfterMs: 0, maxWaitMs: 60_000, code: 'BUSY' });
    },
  };
  const config = { integrationId: 'i', operation: 'send', input: '1' };
  const execution = await run({ stepType: 'INTEGRATION', config }, { integrations });
  expect(execution).toMatchObject({ status: 'COMPLETED', result: 'done' });
}, 30_000);

test.each([
  ['/__proto__', null],
  ['/constructor/name', null],
  ['/list/length', null],
  ['/list/1', 2],
  ['/a~1b', { '~': 3 }],
  ['/a~1b/~0', 3],
  ['/missing/deeper', null],
])('a context is read at %s', async (pointer, value) => {
  const known = { list: [1, 2], 'a/b': { '~': 3 } };
  const contexts = { ...noContexts, read: async () => ({ version: 1, value: known }) };
  const config = { action: 'READ', contextId: 'c', pointer };
  expect((await run({ stepType: 'CONTEXT', config }, { contexts })).result).toMatchObject({ value });
});
