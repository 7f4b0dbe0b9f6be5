import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startSmtpDouble } from '../../subgraphs/notification/src/testing/doubles/smtp-double.ts';
import { sql } from '../harness/databases.ts';
import { createWorkflow, executeWorkflow, executionEnds, transformStep } from '../harness/fixtures.ts';
import { graph, type GraphClient } from '../harness/graph.ts';
import { makeSender } from '../harness/notifications.ts';
import { startProduct } from '../harness/product.ts';
import type { ProductAddress } from '../harness/test-config.ts';
import { startTopology } from '../harness/topology.ts';
import { until } from '@flowmesh/platform/testing';
import { administrator, makeUser, signIn, unique } from '../harness/users.ts';

const LOGIN = { user: 'mailer', password: 'smtp-password-of-the-test' };

interface Item {
  readonly subject: string;
  readonly content: string;
  readonly metadata: { readonly workflowExecutionId: string };
}

const inboxOf = async (graph: GraphClient) => {
  const { inbox } = await graph.query<{ inbox: { nodes: readonly Item[] } }>(
    '{ inbox(filter: { category: "workflow-failure" }) { nodes { subject content category priority metadata } } }',
  );
  return inbox.nodes;
};

const NOTIFICATIONS = `query Mails($recipient: String) {
  notifications(filter: { recipient: $recipient }) {
    nodes {
      id channel status subject content htmlContent isConfidential category priority attempts
      user { id } sender { id } deliveries { provider status }
    }
  }
}`;

/** What auth and workflows tell people through the notification service, in whichever topology. */
function tests(start: (env: NodeJS.ProcessEnv) => Promise<ProductAddress & { stop(): Promise<void> }>) {
  let smtp: Awaited<ReturnType<typeof startSmtpDouble>>;
  let product: Awaited<ReturnType<typeof start>>;
  /** Recipients the mail server has no time for. */
  const busy = new Set<string>();

  beforeAll(async () => {
    smtp = await startSmtpDouble({
      login: LOGIN,
      refuse: (to) => (busy.has(to) ? '450 4.2.1 Try again later' : null),
    });
    product = await start({
      SMTP_URL: `smtp://${LOGIN.user}:${LOGIN.password}@${smtp.host}:${smtp.port}`,
      MAIL_FROM: 'Flowmesh <hello@flowmesh.test>',
      NOTIFICATION_RETRY_SCHEDULE: '1s,1s,1s,1s,1s',
      // Reachable from outside: such mail has links to unsubscribe, that about accounts has not.
      PUBLIC_URL: 'https://flowmesh.example',
    });
  });

  afterAll(async () => {
    await product?.stop();
    await smtp?.stop();
  });

  const mutateAsNobody = (field: string, input: object) => {
    const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
    return graph(product).anonymous.mutate<{ __typename: string }>(
      `mutation M($input: ${type}!) { ${field}(input: $input) { __typename ... on MutationError { message } } }`,
      { input },
    );
  };

  const mailTo = (address: string) => until('the mail', () => smtp.received.find(({ to }) => to.includes(address)));

  test('mails about accounts go through the notification service, which keeps no word of them', async () => {
    const username = unique('ada');
    const email = `${username}@flowmesh.test`;
    const password = `pass phrase of ${username}`;
    busy.add(email);
    expect(await mutateAsNobody('register', { email, username, password })).toEqual({ __typename: 'RegisterSuccess' });
    const admin = await administrator(product);
    const notifications = async () => {
      const found = await admin.graph.query<{ notifications: { nodes: Record<string, unknown>[] } }>(NOTIFICATIONS, {
        recipient: email,
      });
      return found.notifications.nodes;
    };
    await until('an attempt has failed', async () =>
      (await notifications()).some(({ attempts }) => Number(attempts) > 1),
    );
    busy.delete(email);

    const { mail, from } = await mailTo(email);
    expect(from).toBe('hello@flowmesh.test');
    expect(mail.subject).toBe('Confirm your e-mail address');
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.headers.has('list')).toBe(false);
    const link = /https:\/\/flowmesh\.example\/account\/verify-email#token=([\w-]{43})$/m.exec(mail.text ?? '');
    const token = link?.[1] ?? '';
    expect(mail.html).toContain(`verify-email#token=${token}`);

    const [shown] = await until('it is noted', async () => {
      const found = await notifications();
      return found[0]?.['status'] === 'DELIVERED' ? found : null;
    });
    expect(shown).toEqual({
      id: expect.any(String),
      channel: 'EMAIL',
      status: 'DELIVERED',
      subject: 'Confirm your e-mail address',
      content: '',
      htmlContent: null,
      isConfidential: true,
      category: 'account',
      priority: 'CRITICAL',
      attempts: expect.any(Number),
      user: null,
      sender: null,
      deliveries: expect.arrayContaining([
        { provider: 'SMTP', status: 'FAILED' },
        { provider: 'SMTP', status: 'DELIVERED' },
      ]),
    });
    expect(
      await sql(product, 'notification', 'select sealed_content from notifications where recipient = $1', [email]),
    ).toEqual([{ sealed_content: null }]);
    // Nor is it kept for developers, when it was sent.
    expect(
      await sql(product, 'auth', 'select sealed_content from outgoing_mails where recipient = $1', [email]),
    ).toEqual([{ sealed_content: null }]);

    expect(await mutateAsNobody('verifyEmail', { token })).toMatchObject({ __typename: 'VerifyEmailSuccess' });
    const user = await signIn(product, email, password);
    // Its own list would tell who is registered, for addresses one only claims to have.
    expect(await user.graph.query(NOTIFICATIONS, { recipient: email })).toEqual({ notifications: { nodes: [] } });
    expect(smtp.received.filter(({ to }) => to.includes(email))).toHaveLength(1);
  });

  test('a new password: each request is one mail, and the link works', async () => {
    const username = unique('bob');
    const email = `${username}@flowmesh.test`;
    const admin = await administrator(product);
    await admin.graph.mutate(`mutation Create($input: CreateUserInput!) { createUser(input: $input) { __typename } }`, {
      input: { email, username, password: `pass phrase of ${username}` },
    });
    await mutateAsNobody('requestPasswordReset', { email });
    const { mail } = await mailTo(email);
    const token = /reset-password#token=([\w-]{43})$/m.exec(mail.text ?? '')?.[1];
    const newPassword = `another phrase of ${username}`;
    expect(await mutateAsNobody('resetPassword', { token, newPassword })).toMatchObject({
      __typename: 'ResetPasswordSuccess',
    });
    await signIn(product, email, newPassword);
    const subjects = () =>
      smtp.received.filter(({ to }) => to.includes(email)).map((received) => received.mail.subject);
    await until('both mails', () => subjects().length === 2);
    expect(subjects()).toEqual(['Choose a new password', 'Your password was changed']);
  });
  test('whoever has started a workflow finds in the inbox that it failed, once for each time', async () => {
    const user = await makeUser(product);
    const other = await makeUser(product);
    const name = unique('breaks');
    const workflowId = await createWorkflow(user.graph, {
      name,
      steps: [transformStep('broken', '$error("no such order")')],
    });
    const executionId = await executeWorkflow(user.graph, workflowId);
    await executionEnds(user.graph, executionId);
    const first = await until('the inbox', async () =>
      (await inboxOf(user.graph)).length > 0 ? inboxOf(user.graph) : null,
    );
    expect(first).toEqual([
      {
        subject: `“${name}” failed`,
        content: `no such order\n\nExecution ${executionId}`,
        category: 'workflow-failure',
        priority: 'HIGH',
        metadata: { workflowId, workflowExecutionId: executionId },
      },
    ]);
    const again = await executeWorkflow(user.graph, workflowId);
    await executionEnds(user.graph, again);
    const both = await until('the second', async () => {
      const found = await inboxOf(user.graph);
      return found.length === 2 ? found : null;
    });
    expect(both.map(({ metadata }) => metadata.workflowExecutionId)).toEqual([again, executionId]);
    expect(await inboxOf(other.graph)).toEqual([]);
  });

  test('of somebody who was deleted nothing is kept that was theirs, and nothing reaches them any more', async () => {
    const [user, other] = [await makeUser(product), await makeUser(product)];
    const own = async ({ graph, email }: typeof user) => {
      const mutate = (field: string, input: object) =>
        graph.mutate<{ __typename: string }>(
          `mutation M($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) {
            ${field}(input: $input) { __typename ... on MutationError { message } } }`,
          { input },
        );
      const answers = [
        await mutate('updateNotificationPreferences', {
          timeZone: 'Europe/Berlin',
          rules: [{ channel: 'IN_APP', category: 'news', isEnabled: false }],
        }),
        await mutate('createWebhookEndpoint', { url: `https://flowmesh.example/${unique('hook')}` }),
        await mutate('sendNotification', { channel: 'IN_APP', subject: 'Now', content: 'Hello' }),
        await mutate('sendNotification', {
          channel: 'IN_APP',
          subject: 'Later',
          content: 'Hello',
          scheduledAt: new Date(Date.now() + 3_600_000).toISOString(),
        }),
      ];
      expect(answers.map(({ __typename }) => __typename)).toEqual([
        'UpdateNotificationPreferencesSuccess',
        'CreateWebhookEndpointSuccess',
        'SendNotificationSuccess',
        'SendNotificationSuccess',
      ]);
      return email;
    };
    const TABLES = ['inbox_items', 'notification_settings', 'notification_preferences', 'webhook_endpoints'];
    const rowsOf = ({ id }: typeof user) =>
      Promise.all(
        TABLES.map(async (table) => {
          const [row] = await sql<{ count: number }>(
            product,
            'notification',
            `select count(*)::int as count from ${table} where user_id = $1`,
            [id],
          );
          return row?.count;
        }),
      );
    const statuses = ({ id }: typeof user) =>
      sql(
        product,
        'notification',
        'select subject, status::text from notifications where user_id = $1 and not is_confidential order by subject',
        [id],
      );
    await own(user);
    await own(other);
    for (const each of [user, other]) await until('the inbox has it', async () => (await rowsOf(each))[0] === 1);
    const before = await rowsOf(other);
    expect(await rowsOf(user)).toEqual([1, 1, 1, 1]);

    const deleted = await user.graph.mutate<{ __typename: string }>(
      'mutation D($input: DeleteUserInput!) { deleteUser(input: $input) { __typename } }',
      { input: { currentPassword: user.password } },
    );
    expect(deleted).toEqual({ __typename: 'DeleteUserSuccess' });
    await until('they are forgotten', async () => (await rowsOf(user)).every((count) => count === 0));
    expect(await statuses(user)).toEqual([
      { subject: 'Later', status: 'CANCELLED' },
      { subject: 'Now', status: 'DELIVERED' },
    ]);
    // The last they hear.
    expect((await mailTo(user.email)).mail.subject).toBe('Your account was deleted');
    expect(await rowsOf(other)).toEqual(before);
    expect(await statuses(other)).toEqual([
      { subject: 'Later', status: 'SCHEDULED' },
      { subject: 'Now', status: 'DELIVERED' },
    ]);
  });

  test('nobody is told who does not want to be', async () => {
    const user = await makeUser(product);
    const told = await makeUser(product);
    await user.graph.mutate(
      `mutation Mute($input: UpdateNotificationPreferencesInput!) {
      updateNotificationPreferences(input: $input) { __typename ... on MutationError { message } }
    }`,
      { input: { rules: [{ channel: 'IN_APP', category: 'workflow-failure', isEnabled: false }] } },
    );
    const definition = { steps: [transformStep('broken', '$error("no such order")')] };
    for (const { graph } of [user, told]) {
      await executionEnds(graph, await executeWorkflow(graph, await createWorkflow(graph, definition)));
    }
    // Failures are told of in their order: when the second is there, the first would be.
    await until('the other inbox', async () => ((await inboxOf(told.graph)).length === 1 ? true : null));
    expect(await inboxOf(user.graph)).toEqual([]);
  });

  test('links of messages and reports of providers come through, and nothing else does', async () => {
    const user = await makeSender(product);
    const recipient = `${unique('reader')}@flowmesh.test`;
    const send = () =>
      user.graph.mutate<{ __typename: string }>(
        `mutation ($input: SendNotificationInput!) { sendNotification(input: $input) { __typename } }`,
        { input: { channel: 'EMAIL', recipient, subject: 'News', content: 'Hello', category: 'news' } },
      );
    expect(await send()).toEqual({ __typename: 'SendNotificationSuccess' });
    const { mail } = await mailTo(recipient);
    const { unsubscribe } = mail.headers.get('list') as unknown as { unsubscribe: { url: string } };
    const { pathname } = new URL(unsubscribe.url);
    const page = await fetch(product.url + pathname);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Unsubscribe</button>')]);
    expect(await send()).toEqual({ __typename: 'SendNotificationSuccess' });
    const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    const pressed = await fetch(product.url + pathname, { ...form, body: 'List-Unsubscribe=One-Click' });
    expect(pressed.status).toBe(200);
    expect(await send()).toEqual({ __typename: 'NotificationUnwantedError' });

    const report = await fetch(`${product.url}/services/notification/callbacks/twilio`, {
      ...form,
      body: 'MessageSid=SM1&MessageStatus=delivered',
    });
    const extensions = { code: 'FORBIDDEN', requestId: expect.any(String) };
    expect([report.status, await report.json()]).toEqual([
      403,
      { errors: [{ message: expect.any(String), extensions }] },
    ]);
    const large = await fetch(`${product.url}/services/notification/callbacks/twilio`, {
      ...form,
      body: 'x'.repeat(70_000),
    });
    expect(large.status).toBe(413);
    for (const path of ['/services/auth/internal/sessions', '/services/notification/graphql']) {
      expect([path, (await fetch(product.url + path, { ...form, body: '' })).status]).toEqual([path, 404]);
    }
  });
}

describe('in one process', () => tests((env) => startProduct({ env })));
describe('with each subgraph a process', () =>
  tests((env) => startTopology({ env, domains: ['auth', 'agent', 'workflow', 'notification'] })));
