import { beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { createWorkflow, executeWorkflow, executionEnds, executionIs, transformStep } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let approver: TestUser;
let other: TestUser;
beforeAll(async () => {
  [user, approver, other] = await Promise.all([makeUser(product), makeUser(product), makeUser(product)]);
});

const APPROVAL = `fragment Approval on WorkflowApproval {
  executionId stepId generation message status quorum execution { id }
  approvers { id } decisions { by { id } verdict comment }
}`;
const decide = (by: TestUser, field: string, executionId: string, more: object = {}) =>
  by.graph.mutate<Record<string, unknown>>(
    `mutation Decide($input: DecideWorkflowApprovalInput!) {
      ${field}(input: $input) {
        __typename
        ... on DecideWorkflowApprovalSuccess { approval { ...Approval } }
        ... on InvalidInputError { fields { path } }
        ... on MutationError { code message }
      }
    } ${APPROVAL}`,
    { input: { executionId, stepId: 'ask', ...more } },
  );
const pending = async (by: TestUser) =>
  (
    await by.graph.query<{ pendingApprovals: { totalCount: number; nodes: Record<string, unknown>[] } }>(
      `query { pendingApprovals { totalCount nodes { ...Approval } } } ${APPROVAL}`,
    )
  ).pendingApprovals;

async function start(config: object = {}, more: readonly object[] = []) {
  const asked = {
    message: "'Pay ' & input.sum",
    approvers: { userIds: [approver.id] },
    deadlineSeconds: 600,
    ...config,
  };
  const workflowId = await createWorkflow(user.graph, {
    steps: [{ id: 'ask', stepType: 'APPROVAL', config: asked }, ...more],
  });
  const id = await executeWorkflow(user.graph, workflowId, { input: { sum: 7 } });
  await executionIs(user.graph, id, ['WAITING']);
  return id;
}

test('somebody who sees nothing else of the execution is asked, and decides', async () => {
  const id = await start({}, [transformStep('paid', 'steps.ask.result.decisions[0].comment')]);
  expect(await pending(approver)).toMatchObject({
    totalCount: 1,
    nodes: [
      { executionId: id, message: 'Pay 7', status: 'PENDING', execution: null, approvers: [{ id: approver.id }] },
    ],
  });
  expect(await pending(other)).toEqual({ totalCount: 0, nodes: [] });
  expect(await decide(user, 'approveWorkflowStep', id)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await decide(approver, 'approveWorkflowStep', id, { expectedGeneration: 2 })).toMatchObject({
    code: 'WORKFLOW_APPROVAL_STATE',
  });
  expect(await decide(approver, 'approveWorkflowStep', id, { comment: 'x'.repeat(3_000) })).toMatchObject({
    fields: [{ path: 'comment' }],
  });
  expect(await decide(approver, 'approveWorkflowStep', id, { comment: 'fine' })).toMatchObject({
    approval: { status: 'APPROVED', decisions: [{ by: { id: approver.id }, verdict: 'APPROVE', comment: 'fine' }] },
  });
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED', result: 'fine' });
  expect(await pending(approver)).toEqual({ totalCount: 0, nodes: [] });
});

test('the execution shows what is asked and what was decided', async () => {
  const id = await start({ approvers: { owner: true } });
  const shown = () =>
    user.graph.query<{ workflowExecution: { steps: { approval: Record<string, unknown> }[] } }>(
      `query ($id: ID!) { workflowExecution(id: $id) { steps { approval { ...Approval } } } } ${APPROVAL}`,
      { id },
    );
  expect((await shown()).workflowExecution.steps[0]?.approval).toMatchObject({ status: 'PENDING', decisions: [] });
  expect(await decide(user, 'rejectWorkflowStep', id, { comment: 'no' })).toMatchObject({
    __typename: 'DecideWorkflowApprovalSuccess',
  });
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'FAILED', error: { code: 'REJECTED' } });
  expect((await shown()).workflowExecution.steps[0]?.approval).toMatchObject({
    status: 'REJECTED',
    execution: { id },
    decisions: [{ verdict: 'REJECT', comment: 'no' }],
  });
  await until('nothing is pending', async () => (await pending(user)).totalCount === 0);
});

test('mistakes of the definition are told', async () => {
  const problemsOf = async (config: object) => {
    const asked = { message: "'x'", approvers: { userIds: [user.id] }, deadlineSeconds: 60, ...config };
    const { validateWorkflow } = await user.graph.query<{ validateWorkflow: { problems: { path: string }[] } }>(
      'query ($input: CreateWorkflowInput!) { validateWorkflow(input: $input) { problems { path message } } }',
      { input: { name: 'x', steps: [{ id: 'a', stepType: 'APPROVAL', config: asked }] } },
    );
    return validateWorkflow.problems.map(({ path }) => path);
  };
  expect(await problemsOf({})).toEqual([]);
  expect(await problemsOf({ approvers: {} })).toEqual(['steps[0].config.approvers']);
  expect(await problemsOf({ quorum: 2 })).toEqual(['steps[0].config.quorum']);
  expect(await problemsOf({ onDeadline: 'ESCALATE' })).toEqual(['steps[0].config.escalateTo']);
  expect(await problemsOf({ deadlineSeconds: 0 })).toEqual(['steps[0].config.deadlineSeconds']);
  expect(await problemsOf({ message: 'steps.b.result' })).toEqual(['steps[0].config.message']);
  const ofNotify = async (notify: object) =>
    (await problemsOf({ notify })).map((path) => path.replace('steps[0].config.notify.', ''));
  expect(await ofNotify({ channels: ['EMAIL', 'IN_APP'], remindSeconds: 59, links: false })).toEqual([]);
  expect(await ofNotify({ channels: [] })).toEqual(['channels']);
  expect(await ofNotify({ channels: ['SMS'] })).toEqual(['channels[0]']);
  expect(await ofNotify({ channels: ['EMAIL', 'EMAIL'] })).toEqual(['channels']);
  expect(await ofNotify({ channels: ['SLACK'] })).toEqual(['slack']);
  expect(await ofNotify({ channels: ['EMAIL'], slack: 'ops' })).toEqual(['slack']);
  expect(await ofNotify({ channels: ['WEBHOOK'], webhook: 'ftp://x.example' })).toEqual(['webhook']);
  expect(await ofNotify({ channels: ['EMAIL'], remindSeconds: 60 })).toEqual(['remindSeconds']);
  expect(await ofNotify({ channels: ['EMAIL'], message: 'steps.b.result' })).toEqual(['message']);
  expect(await ofNotify({ channels: ['EMAIL'], templateId: 'x' })).toEqual(['templateId']);
});

test('what is pending is found by execution, starter, escalation and deadline', async () => {
  const escalateTo = { userIds: [other.id], seconds: 7_200 };
  const soon = await start({ approvers: { userIds: [other.id] }, deadlineSeconds: 600 });
  const risen = await start({ deadlineSeconds: 1, onDeadline: 'ESCALATE', escalateTo });
  const found = async (filter: object) => {
    const { pendingApprovals } = await other.graph.query<{ pendingApprovals: { nodes: { executionId: string }[] } }>(
      `query ($filter: WorkflowApprovalFilter, $orderBy: WorkflowApprovalOrder) {
        pendingApprovals(filter: $filter, orderBy: $orderBy) { nodes { executionId } }
      }`,
      { filter, orderBy: { field: 'DEADLINE', direction: 'DESC' } },
    );
    return pendingApprovals.nodes.map(({ executionId }) => executionId);
  };
  await until('it is escalated', async () => (await found({})).includes(risen));
  expect(await found({})).toEqual([risen, soon]);
  expect(await found({ isEscalated: true })).toEqual([risen]);
  expect(await found({ isEscalated: false })).toEqual([soon]);
  expect(await found({ executionId: soon })).toEqual([soon]);
  expect(await found({ startedById: user.id })).toEqual([risen, soon]);
  expect(await found({ startedById: other.id })).toEqual([]);
  expect(await found({ deadlineBefore: new Date(Date.now() + 3_600_000).toISOString() })).toEqual([soon]);
});
