import { newId } from '@flowmesh/platform/ids';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { until } from '@flowmesh/platform/testing';
import type { Viewer } from '@flowmesh/platform/access';
import { createEngine, ended, readExecution, startRequest, step, storeWorkflow } from '../../testing/engine-harness.ts';
import { createLocalQueues } from '../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import type { StepDefinition } from '../executions/engine/definition.ts';
import { ApprovalService } from './approval-service.ts';
import { ApprovalStore } from './approval-store.ts';

let database: TestDatabase;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  database = await startTestDatabase();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

const person = (userId: string, roleIds: readonly string[] = []): Viewer => ({
  ...{ kind: 'user', userId, roleIds, scopes: ['workflow:read'], sessionId: 's', expiresAt: 0 },
});

const FROM = { address: '203.0.113.9', userAgent: 'test' };

async function setUp() {
  const { pool } = database;
  const { engine, work } = createEngine(pool, createLocalQueues());
  running.push(await work());
  const service = new ApprovalService(new ApprovalStore(pool), engine);
  const start = async (config: object, more: readonly StepDefinition[] = [], about: Partial<StepDefinition> = {}) => {
    const asked = { message: '"Pay " & input.sum', approvers: { userIds: ['ann'] }, deadlineSeconds: 600, ...config };
    const steps = [step('ask', { stepType: 'APPROVAL', config: asked, ...about }), ...more];
    const request = startRequest(await storeWorkflow(pool, steps), { sum: 7 });
    await engine.start(request);
    await until('it is asked', async () => (await readExecution(pool, request.id)).steps['ask'] === 'WAITING');
    return request.id;
  };
  const decide = (viewer: Viewer, verdict: 'APPROVE' | 'REJECT', executionId: string, more: object = {}) =>
    service.decide({ viewer, client: FROM, requestId: newId() }, verdict, { executionId, stepId: 'ask', ...more });
  return { pool, engine, service, start, decide };
}

test('approved: the step has the decision as its result, and the approval says who decided', async () => {
  const { pool, service, start, decide } = await setUp();
  const id = await start({});
  expect((await readExecution(pool, id)).status).toBe('WAITING');
  const pending = await service.pending(person('ann'), {});
  expect(pending).toMatchObject({
    edges: [{ node: { executionId: id, stepId: 'ask', message: 'Pay 7', status: 'PENDING' } }],
  });
  expect(await decide(person('bob'), 'APPROVE', id)).toMatchObject({ __typename: 'NotFoundError' });
  expect(await decide(person('ann'), 'APPROVE', id, { comment: ' fine ' })).toMatchObject({
    __typename: 'DecideWorkflowApprovalSuccess',
    approval: { status: 'APPROVED', decisions: [{ userId: 'ann', verdict: 'APPROVE', comment: 'fine' }] },
  });
  expect(await ended(pool, id)).toMatchObject({
    status: 'COMPLETED',
    result: { approved: true, status: 'APPROVED', decisions: [{ by: 'ann', verdict: 'APPROVE', comment: 'fine' }] },
  });
  expect(await service.pending(person('ann'), {})).toMatchObject({ edges: [] });
  expect(await decide(person('ann'), 'APPROVE', id)).toMatchObject({ __typename: 'DecideWorkflowApprovalSuccess' });
  expect(await decide(person('ann'), 'REJECT', id)).toMatchObject({
    __typename: 'WorkflowApprovalStateError',
    message: 'It is APPROVED already.',
  });
});

test('rejected: the step fails, is caught, or says so in its result', async () => {
  const { pool, start, decide } = await setUp();
  const failing = await start({});
  const mend = step('mend', { dependencies: ['ask'], config: { expression: 'steps.ask.error.code' } });
  const caught = await start({}, [mend], { onFailure: ['mend'] });
  const going = await start({ onReject: 'CONTINUE' });
  for (const id of [failing, caught, going]) await decide(person('ann'), 'REJECT', id, { comment: 'too much' });
  expect(await ended(pool, failing)).toMatchObject({
    status: 'FAILED',
    error: { code: 'REJECTED', message: 'Rejected by ann: too much', stepId: 'ask' },
  });
  expect(await ended(pool, caught)).toMatchObject({ status: 'COMPLETED', result: 'REJECTED' });
  expect(await ended(pool, going)).toMatchObject({
    status: 'COMPLETED',
    result: { approved: false, status: 'REJECTED' },
  });
});

test('a quorum of two of a role: who has lost the role cannot decide, and nobody counts twice', async () => {
  const { pool, service, start, decide } = await setUp();
  const id = await start({ approvers: { roleIds: ['payers'] }, quorum: 2 });
  const ann = person('ann', ['payers']);
  expect(await decide(person('eve', ['others']), 'APPROVE', id)).toMatchObject({ __typename: 'NotFoundError' });
  await Promise.all(Array.from({ length: 5 }, () => decide(ann, 'APPROVE', id)));
  expect((await readExecution(pool, id)).steps).toEqual({ ask: 'WAITING' });
  expect(await service.pending(ann, {})).toMatchObject({ edges: [] });
  expect(await service.pending(person('bob', ['payers']), {})).toMatchObject({
    edges: [{ node: { executionId: id } }],
  });
  expect(await decide(ann, 'REJECT', id)).toMatchObject({ message: 'You have decided otherwise already.' });
  await decide(person('bob', ['payers']), 'APPROVE', id);
  expect(await ended(pool, id)).toMatchObject({ result: { decisions: [{ by: 'ann' }, { by: 'bob' }] } });
});

test('fifty people approve and reject at once: one decision counts, and the step ends once', async () => {
  const { pool, start, decide } = await setUp();
  const people = Array.from({ length: 50 }, (_, n) => `p${n}`);
  const id = await start({ approvers: { userIds: people }, onReject: 'CONTINUE' });
  const answers = await Promise.all(people.map((name, n) => decide(person(name), n % 2 ? 'REJECT' : 'APPROVE', id)));
  expect(answers.filter(({ __typename }) => __typename === 'DecideWorkflowApprovalSuccess')).toHaveLength(1);
  const { result } = (await ended(pool, id)) as { result: { decisions: unknown[] } };
  expect(result.decisions).toHaveLength(1);
  const { rows } = await pool.query(
    `select count(*)::int as ends from outbox_events where stream = $1 and type = 'workflow.step.completed'`,
    [`workflow-execution:${id}`],
  );
  expect(rows).toEqual([{ ends: 1 }]);
});

test('the deadline: rejects, approves, fails, or asks others', async () => {
  const { pool, service, start, decide } = await setUp();
  const rejecting = await start({ deadlineSeconds: 1 });
  const approving = await start({ deadlineSeconds: 1, onDeadline: 'APPROVE' });
  const failing = await start({ deadlineSeconds: 1, onDeadline: 'FAIL' });
  const escalateTo = { userIds: ['boss'], seconds: 600 };
  const escalating = await start({ deadlineSeconds: 1, onDeadline: 'ESCALATE', escalateTo });
  expect(await decide(person('boss'), 'APPROVE', escalating)).toMatchObject({ __typename: 'NotFoundError' });
  expect(await ended(pool, rejecting)).toMatchObject({ status: 'FAILED', error: { code: 'REJECTED' } });
  expect(await ended(pool, approving)).toMatchObject({ result: { approved: true, decisions: [] } });
  expect(await ended(pool, failing)).toMatchObject({ status: 'FAILED', error: { code: 'APPROVAL_TIMEOUT' } });
  await until('the boss is asked', async () => (await service.pending(person('boss'), {})).edges.length === 1);
  expect(await decide(person('boss'), 'APPROVE', escalating)).toMatchObject({ approval: { status: 'APPROVED' } });
  expect(await ended(pool, escalating)).toMatchObject({ status: 'COMPLETED' });
  const { rows } = await pool.query<{ status: string }>(
    'select status from workflow_approvals where execution_id = any($1) order by status',
    [[rejecting, approving, failing, escalating]],
  );
  expect(rows.map(({ status }) => status)).toEqual(['APPROVED', 'APPROVED', 'EXPIRED', 'REJECTED']);
});

test('a cancelled execution is asked no more; a retry asks anew, and old decisions do not count for it', async () => {
  const { pool, engine, service, start, decide } = await setUp();
  const id = await start({});
  await engine.apply(id, { kind: 'cancel' });
  expect(await service.pending(person('ann'), {})).toMatchObject({ edges: [] });
  expect(await decide(person('ann'), 'APPROVE', id)).toMatchObject({ message: 'It is CANCELLED already.' });
  await engine.apply(id, { kind: 'retry' });
  await until('it is asked again', async () => (await service.pending(person('ann'), {})).edges.length === 1);
  expect(await decide(person('ann'), 'APPROVE', id, { expectedGeneration: 1 })).toMatchObject({
    message: 'The step has run again since: it is asked for the 2. time, not the 1.',
  });
  expect(await decide(person('ann'), 'APPROVE', id, { expectedGeneration: 2 })).toMatchObject({
    approval: { generation: 2, status: 'APPROVED' },
  });
  expect(await ended(pool, id)).toMatchObject({ status: 'COMPLETED' });
  expect(await decide(person('ann'), 'APPROVE', newId())).toMatchObject({ __typename: 'NotFoundError' });
});
