import type { Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import { startTriggers, workflowOf, type TriggerHarness } from '../../testing/trigger-harness.ts';

let harness: TriggerHarness;
beforeAll(async () => {
  harness = await startTriggers();
});
afterAll(() => harness.stop());

const SCOPES = ['workflow:read', 'workflow:write', 'workflow:execute'];
const person = (): Viewer & { kind: 'user' } => ({
  ...{ kind: 'user', userId: newId(), scopes: SCOPES, sessionId: 's', expiresAt: 0 },
});

/** An execution that waits for a signal, and then runs another workflow for its starter. */
async function waiting(starter: Viewer, owner: Viewer = starter) {
  const other = await workflowOf(harness, owner);
  const steps = [
    { id: 'wait', stepType: 'WAIT_FOR_EVENT', config: { event: 'go', timeoutSeconds: 600 } },
    { id: 'act', stepType: 'SUB_WORKFLOW', dependencies: ['wait'], config: { workflowId: other } },
  ];
  const id = await workflowOf(harness, owner, 0, { steps });
  const { executeWorkflow } = await harness.ask<{ executeWorkflow: { execution: { id: string } } }>(
    starter,
    `mutation ($id: ID!) { executeWorkflow(input: { workflowId: $id }) { ... on ExecuteWorkflowSuccess { execution { id } } } }`,
    { id },
  );
  const executionId = executeWorkflow.execution.id;
  const look = async () => {
    const { workflowExecution } = await harness.ask<{ workflowExecution: Seen }>(
      owner,
      `query ($id: ID!) { workflowExecution(id: $id) {
         status error { code message stepId } steps { id status waitingFor { service } } } }`,
      { id: executionId },
    );
    return workflowExecution;
  };
  return {
    look,
    go: () =>
      harness.ask(
        owner,
        `mutation ($id: ID!) { signalWorkflowExecution(input: { executionId: $id, name: "go", idempotencyKey: "k" }) { __typename } }`,
        { id: executionId },
      ),
    retry: () =>
      harness.ask(starter, `mutation ($id: ID!) { retryWorkflowExecution(input: { id: $id }) { __typename } }`, {
        id: executionId,
      }),
    ends: () =>
      until('it ends', async () => {
        const seen = await look();
        return ['COMPLETED', 'FAILED'].includes(seen.status) && seen;
      }),
  };
}

interface Seen {
  readonly status: string;
  readonly error: { readonly code: string; readonly message: string; readonly stepId: string } | null;
  readonly steps: readonly { readonly id: string; readonly status: string; readonly waitingFor: object | null }[];
}

const refused = (message: string) => ({ status: 'FAILED', error: { code: 'FORBIDDEN', message, stepId: 'act' } });

test('what was taken away from the starter is not done any more; what was given back is done at once', async () => {
  const ann = person();
  const execution = await waiting(ann);
  harness.users.set(ann.userId, { status: 'ACTIVE', scopes: ['workflow:read'] });
  await execution.go();
  expect(await execution.ends()).toMatchObject(
    refused('The step needs workflow:execute, which the user who started the execution does not have.'),
  );
  harness.users.set(ann.userId, { status: 'ACTIVE', scopes: SCOPES });
  await execution.retry();
  await until('it completes', async () => (await execution.look()).status === 'COMPLETED');
});

test.each([
  ['deleted', 'DELETED', 'The user who started the execution does not exist any more.'],
  ['not active yet again', 'PENDING', 'The user who started the execution does not exist any more.'],
] as const)('a starter who is %s does nothing more', async (_what, status, message) => {
  const ann = person();
  const execution = await waiting(ann);
  harness.users.set(ann.userId, { status: status as 'DELETED', scopes: SCOPES });
  await execution.go();
  expect(await execution.ends()).toMatchObject(refused(message));
});

test('nobody has more than they started with, whatever they were given since', async () => {
  const [ann, bob] = [person(), person()];
  const starter = { ...bob, scopes: [...SCOPES, 'workflow:read-any', 'workflow:execute-any'] };
  const execution = await waiting(starter, ann);
  harness.users.set(bob.userId, { status: 'ACTIVE', scopes: ['workflow:execute', 'workflow:read-any'] });
  await execution.go();
  const { error } = await execution.ends();
  expect(error?.message).toContain('executing it needs workflow:execute-any');
});

test('an execution that was started with an API key does nothing more once that is revoked', async () => {
  const ann = person();
  const keyId = newId();
  const key: Viewer = {
    ...{ kind: 'api-key', keyId, userId: ann.userId, principal: 'user', scopes: SCOPES, expiresAt: 4e9 },
  };
  const [revoked, other] = [await waiting(key, ann), await waiting(ann)];
  harness.revoked.add(keyId);
  await Promise.all([revoked.go(), other.go()]);
  expect(await revoked.ends()).toMatchObject(refused('The API key with which the execution was started was revoked.'));
  expect(await other.ends()).toMatchObject({ status: 'COMPLETED' });
});

test.each([
  ['the auth service does not answer', () => void harness.away.add('auth'), () => void harness.away.delete('auth')],
  ['its starter is suspended', null, null],
] as const)('a step waits while %s, and goes on', async (_what, begin, end) => {
  const ann = person();
  const execution = await waiting(ann);
  if (begin) begin();
  else harness.users.set(ann.userId, { status: 'SUSPENDED', scopes: SCOPES });
  await execution.go();
  await until('it waits', async () => {
    const { steps } = await execution.look();
    const [, act] = steps;
    return act?.status === 'READY' && JSON.stringify(act.waitingFor) === '{"service":"auth"}';
  });
  if (end) end();
  else harness.users.set(ann.userId, { status: 'ACTIVE', scopes: SCOPES });
  expect(await execution.ends()).toMatchObject({ status: 'COMPLETED' });
});
