import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpDouble, until } from '@flowmesh/platform/testing';
import { readFileSync } from 'node:fs';
import { approvalOf, ask, noticesAre, post, startMail } from '../harness/approvals.ts';
import { sql } from '../harness/databases.ts';
import { executionEnds, transformStep } from '../harness/fixtures.ts';
import { configureWebhooks } from '../harness/notifications.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

let mail: Awaited<ReturnType<typeof startMail>>;
let product: Product;
let starter: TestUser;
/** Mail to them is refused. */
const refused = new Set<string>();

beforeAll(async () => {
  mail = await startMail((to) => (refused.has(to) ? '550 5.1.1 No such user' : null));
  product = await startProduct({ env: { ...mail.env, NOTIFICATION_RETRY_SCHEDULE: '1s' } });
  starter = await makeUser(product);
}, 120_000);
afterAll(async () => {
  await product?.stop();
  await mail?.smtp.stop();
});

const admin = async (field: string, input: object) => {
  const { graph } = await administrator(product);
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
  return graph.mutate<Record<string, unknown>>(
    `mutation M($input: ${type}!) { ${field}(input: $input) { __typename ... on MutationError { message } } }`,
    { input },
  );
};

interface Entry {
  readonly actorId: string;
  readonly targetId: string;
  readonly address: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}
const auditOf = (by: TestUser, executionId: string) =>
  until('it is in the audit log', async () => {
    const { auditLogs } = await by.graph.query<{ auditLogs: { nodes: Entry[] } }>(
      `query Audit($id: ID!) { auditLogs(filter: { actions: ["workflow.approval_decided"], targetId: $id }) {
        nodes { action outcome actorType actorId targetType targetId address details }
      } }`,
      { id: executionId },
    );
    return auditLogs.nodes.length > 0 ? auditLogs.nodes : null;
  });

test('a link: opening it decides nothing, approving by it does, once, and all of it is audited', async () => {
  const approver = await makeUser(product);
  const id = await ask(starter, { approvers: { userIds: [approver.id] } }, [
    transformStep('paid', 'steps.ask.result.decisions[0]'),
  ]);
  const token = await mail.tokenTo(approver);
  const [first] = mail.mailsTo(approver);
  expect(first?.text).toMatch(/^Pay 7\n\nWorkflow: workflow-\w+\nStep: ask\nExecution: /);
  expect(first?.html).toBeFalsy();

  for (const method of ['GET', 'HEAD']) {
    const page = await fetch(`${product.url}/services/workflow/approval?token=${token}`, { method });
    expect([page.status, page.headers.get('cache-control'), page.headers.get('referrer-policy')]).toEqual([
      ...[200, 'no-store', 'no-referrer'],
    ]);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-/);
    expect(await page.text()).not.toContain('Pay 7');
  }
  expect(await post(product, 'question', { token })).toEqual({
    status: 200,
    body: {
      kind: 'OPEN',
      question: {
        ...{ message: 'Pay 7', workflow: expect.stringMatching(/^workflow-/), step: 'ask', execution: id },
        ...{ startedBy: starter.username, person: approver.username, deadline: expect.any(String) },
      },
    },
  });
  expect(await approvalOf(starter, id)).toMatchObject({ status: 'PENDING', decisions: [] });

  const approve = { token, verdict: 'APPROVE', comment: 'fine' };
  const answers = await Promise.all(Array.from({ length: 3 }, () => post(product, 'decision', approve)));
  const done = { status: 200, body: { kind: 'CLOSED', why: 'You have approved it.', verdict: 'APPROVE' } };
  expect(answers).toEqual([done, done, done]);
  expect(await post(product, 'decision', { token, verdict: 'REJECT' })).toEqual(done);
  const { decisions } = await approvalOf(starter, id);
  expect(decisions).toEqual([
    { by: { id: approver.id }, verdict: 'APPROVE', comment: 'fine', via: 'LINK', at: expect.any(String) },
  ]);
  expect(await executionEnds(starter.graph, id)).toMatchObject({
    status: 'COMPLETED',
    result: { by: approver.id, verdict: 'APPROVE', comment: 'fine', at: decisions[0]?.at },
  });
  expect(await auditOf(approver, id)).toEqual([
    {
      ...{ action: 'workflow.approval_decided', outcome: 'SUCCESS', actorType: 'USER', actorId: approver.id },
      ...{ targetType: 'WORKFLOW_EXECUTION', targetId: id, address: '127.0.0.1' },
      details: expect.objectContaining({ verdict: 'APPROVE', via: 'LINK', comment: 'fine', stepId: 'ask' }),
    },
  ]);
});

test('the token is kept nowhere but in the mail', async () => {
  const approver = await makeUser(product);
  const id = await ask(starter, { approvers: { userIds: [approver.id] } });
  const token = await mail.tokenTo(approver);
  await post(product, 'question', { token });
  await noticesAre(starter, id, ['DELIVERED']);
  const { notifications } = await approvalOf(starter, id);
  expect(notifications.nodes).toMatchObject([{ occasion: 'ASKED', channel: 'EMAIL', notification: null }]);
  const own = await approver.graph.query<{ notifications: { nodes: object[] } }>(
    '{ notifications { nodes { content isConfidential sender { id } } } }',
  );
  expect(own.notifications.nodes).toEqual([{ content: '', isConfidential: true, sender: null }]);
  for (const domain of ['workflow', 'notification', 'platform'] as const) {
    const tables = await sql<{ name: string }>(
      product,
      domain as 'workflow',
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'public'`,
    );
    for (const { name } of tables) {
      const found = await sql<{ n: number }>(
        product,
        domain as 'workflow',
        `select count(*)::int as n from ${name} t where t::text like '%${token}%'`,
      );
      expect([name, found[0]?.n]).toEqual([name, 0]);
    }
  }
  expect(readFileSync(product.logFile, 'utf8')).not.toContain(token);
});

test('rejecting by a link fails the step', async () => {
  const approver = await makeUser(product);
  const id = await ask(starter, { approvers: { userIds: [approver.id] } });
  const token = await mail.tokenTo(approver);
  expect(await post(product, 'decision', { token, verdict: 'REJECT', comment: 'too much' })).toMatchObject({
    body: { kind: 'CLOSED', why: 'You have rejected it.' },
  });
  expect(await executionEnds(starter.graph, id)).toMatchObject({ status: 'FAILED', error: { code: 'REJECTED' } });
});

describe('a link that is over says so, and decides nothing', () => {
  const refusedWith = async (token: string, why: string) => {
    const answer = { status: 200, body: { kind: 'CLOSED', why, verdict: null } };
    expect(await post(product, 'question', { token })).toEqual(answer);
    expect(await post(product, 'decision', { token, verdict: 'APPROVE' })).toEqual(answer);
  };

  test('after the deadline, after a cancel, after another decision, and in another run of the step', async () => {
    const [approver, boss] = [await makeUser(product), await makeUser(product)];
    const userIds = [approver.id, boss.id];
    const late = await ask(starter, { approvers: { userIds: [approver.id] }, deadlineSeconds: 3, onDeadline: 'FAIL' });
    const lateToken = await mail.tokenTo(approver);
    await executionEnds(starter.graph, late);
    await refusedWith(lateToken, 'The time to decide is over.');

    const cancelled = await ask(starter, { approvers: { userIds } });
    const [token, other] = [await mail.tokenTo(approver, 2), await mail.tokenTo(boss)];
    const act = (field: string, type: string) =>
      starter.graph.mutate(`mutation M($input: ${type}!) { ${field}(input: $input) { __typename } }`, {
        input: { id: cancelled },
      });
    await act('cancelWorkflowExecution', 'CancelWorkflowExecutionInput');
    await refusedWith(token, 'The execution has ended: nothing is to be decided any more.');
    await act('retryWorkflowExecution', 'RetryWorkflowExecutionInput');
    const newer = await mail.tokenTo(boss, 2);
    await refusedWith(other, 'The step has run again since, and asks anew: use the newer message.');
    expect(newer).not.toBe(other);
    const mine = await mail.tokenTo(approver, 3);
    expect(await post(product, 'decision', { token: mine, verdict: 'APPROVE' })).toMatchObject({ status: 200 });
    await refusedWith(newer, 'It is approved already.');
    expect((await approvalOf(starter, cancelled)).decisions.map(({ by }) => by.id)).toEqual([approver.id]);
  });

  test('for who has lost the role, or cannot sign in', async () => {
    const role = unique('payers');
    await admin('createRole', { name: role, scopes: ['workflow:read'] });
    const [loser, sleeper, later] = [
      ...(await Promise.all([1, 2].map(() => makeUser(product, { roles: ['member', role] })))),
      await makeUser(product),
    ];
    const { graph } = await administrator(product);
    const { roles } = await graph.query<{ roles: { nodes: { id: string; name: string }[] } }>(
      '{ roles(first: 100) { nodes { id name } } }',
    );
    const roleId = roles.nodes.find(({ name }) => name === role)?.id;
    const id = await ask(starter, { approvers: { roleIds: [roleId] } });
    const [lost, asleep] = [await mail.tokenTo(loser!), await mail.tokenTo(sleeper!)];
    await admin('revokeRole', { userId: loser!.id, role });
    await admin('suspendUser', { id: sleeper!.id });
    await admin('assignRole', { userId: later!.id, role });
    await refusedWith(lost, 'You are not asked for this any more.');
    await refusedWith(asleep, 'You are not asked for this any more.');
    const decided = await later!.graph.mutate<{ __typename: string }>(
      `mutation D($input: DecideWorkflowApprovalInput!) { approveWorkflowStep(input: $input) { __typename } }`,
      { input: { executionId: id, stepId: 'ask' } },
    );
    expect(decided).toEqual({ __typename: 'DecideWorkflowApprovalSuccess' });
    expect(await executionEnds(starter.graph, id)).toMatchObject({ status: 'COMPLETED' });
    expect((await approvalOf(starter, id)).decisions).toMatchObject([{ by: { id: later!.id }, via: 'GRAPH' }]);
    expect(mail.mailsTo(later!)).toEqual([]);
  });
});

test('mail that cannot be delivered changes nothing but its own status', async () => {
  const [reached, lost] = [await makeUser(product), await makeUser(product)];
  refused.add(lost.email);
  const id = await ask(starter, { approvers: { userIds: [reached.id, lost.id] } });
  const token = await mail.tokenTo(reached);
  const found = await until('one has failed', async () => {
    const { notifications } = await approvalOf(starter, id);
    return notifications.nodes.some(({ status }) => status === 'FAILED') ? notifications.nodes : null;
  });
  expect(found.find(({ approver }) => approver?.id === lost.id)).toMatchObject({
    ...{ status: 'FAILED', problem: 'It could not be delivered.' },
  });
  await post(product, 'decision', { token, verdict: 'APPROVE' });
  expect(await executionEnds(starter.graph, id)).toMatchObject({ status: 'COMPLETED' });
});

test('a webhook goes to an endpoint that the approver has made, and to nobody else', async () => {
  const receiver = await HttpDouble.start((_call, response) => response.writeHead(204).end());
  try {
    const [approver, stranger] = [await makeUser(product), await makeUser(product)];
    await configureWebhooks(product);
    await approver.graph.mutate(
      `mutation M($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { __typename } }`,
      { input: { url: `${receiver.url}/approvals` } },
    );
    const notify = { channels: ['WEBHOOK'], webhook: `${receiver.url}/approvals`, message: "'Please look'" };
    const id = await ask(starter, { approvers: { userIds: [approver.id, stranger.id] }, notify });
    const [call] = await until('it has arrived', () => (receiver.calls.length > 0 ? receiver.calls : null));
    const found = /approval#token=([\w-]{43})/.exec(call?.body ?? '');
    expect(call?.body).toContain('Please look');
    expect((await noticesAre(starter, id, ['DELIVERED', 'REFUSED']))[1]).toMatchObject({
      ...{ approver: { id: stranger.id }, problem: expect.stringContaining('createWebhookEndpoint') },
    });
    expect(receiver.calls).toHaveLength(1);
    expect(await post(product, 'decision', { token: found?.[1], verdict: 'APPROVE' })).toMatchObject({ status: 200 });
    expect((await approvalOf(starter, id)).decisions).toMatchObject([{ by: { id: approver.id }, via: 'LINK' }]);
  } finally {
    await receiver.stop();
  }
});

test('what is no token, or no form, is refused without an error in the log', async () => {
  const before = readFileSync(product.logFile, 'utf8').length;
  const wrong = 'A'.repeat(43);
  const unknown = { status: 404, body: { errors: [{ message: 'This link is not valid.' }] } };
  for (const token of [wrong, '', 'x', `${wrong}\0`, `${wrong}%`, "' or 1=1 --", '\ud800']) {
    expect(await post(product, 'question', { token })).toMatchObject(unknown);
    expect(await post(product, 'decision', { token, verdict: 'APPROVE' })).toMatchObject(unknown);
  }
  const bad = { status: 400, body: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } };
  for (const body of ['', 'null', '{', '[]', '{"token":{}}', '{"token":["x"]}', { token: 'x'.repeat(5_000) }]) {
    expect(await post(product, 'question', body)).toMatchObject(bad);
  }
  for (const more of [
    {},
    { verdict: 'approve' },
    { verdict: 'APPROVE', comment: 'x'.repeat(2_001) },
    { verdict: 'APPROVE', userId: 'x' },
  ]) {
    expect(await post(product, 'decision', { token: wrong, ...more })).toMatchObject(bad);
  }
  const large = await fetch(`${product.url}/services/workflow/approval/question`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: 'x'.repeat(40_000) }),
  });
  expect(large.status).toBe(413);
  const form = await fetch(`${product.url}/services/workflow/approval/decision`, {
    method: 'POST',
    body: new URLSearchParams({ token: wrong, verdict: 'APPROVE' }),
  });
  expect(form.status).toBe(415);
  const lines = readFileSync(product.logFile, 'utf8').slice(before).split('\n');
  expect(lines.filter((line) => /"level":"?(50|60|error|fatal)/.test(line))).toEqual([]);
});

test('who tries too often has to wait', async () => {
  const statuses = new Set<number>();
  await until('there are too many', async () => {
    const { status } = await post(product, 'question', { token: 'A'.repeat(43) });
    statuses.add(status);
    return status === 429;
  });
  expect([...statuses].at(-1)).toBe(429);
});
