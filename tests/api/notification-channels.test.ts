import { readFileSync } from 'node:fs';
import { webhookTargetSecret } from '@flowmesh/platform/http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MAILGUN, startMailgunDouble } from '../../subgraphs/notification/src/testing/doubles/mailgun-double.ts';
import { SENDGRID_KEY, startSendgridDouble } from '../../subgraphs/notification/src/testing/doubles/sendgrid-double.ts';
import { SLACK_PATH, startSlackDouble } from '../../subgraphs/notification/src/testing/doubles/slack-double.ts';
import { startSmtpDouble } from '../../subgraphs/notification/src/testing/doubles/smtp-double.ts';
import { startTwilioDouble, TWILIO_ACCOUNT } from '../../subgraphs/notification/src/testing/doubles/twilio-double.ts';
import { startWebhookReceiver } from '../../subgraphs/notification/src/testing/doubles/webhook-receiver.ts';
import { makeSender } from '../harness/notifications.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { until } from '@flowmesh/platform/testing';
import { administrator, type TestUser } from '../harness/users.ts';

const LOGIN = { user: 'mailer', password: 'smtp-password-of-the-test' };
const HOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

async function startDoubles() {
  const [smtp, sendgrid, mailgun, twilio, slack, webhook] = await Promise.all([
    startSmtpDouble({ login: LOGIN, refuse: (to) => (to.startsWith('down') ? '421 4.3.2 Shutting down' : null) }),
    startSendgridDouble(),
    startMailgunDouble(),
    startTwilioDouble(),
    startSlackDouble(),
    startWebhookReceiver(HOOK_SECRET),
  ]);
  return { smtp, sendgrid, mailgun, twilio, slack, webhook };
}

let doubles: Awaited<ReturnType<typeof startDoubles>>;
let product: Product;
let user: TestUser;

beforeAll(async () => {
  doubles = await startDoubles();
  const { smtp, twilio, slack } = doubles;
  product = await startProduct({
    env: {
      LOG_LEVEL: 'trace',
      PUBLIC_URL: 'https://flowmesh.test',
      SMTP_URL: `smtp://${LOGIN.user}:${LOGIN.password}@${smtp.host}:${smtp.port}`,
      MAIL_FROM: 'Flowmesh <hello@flowmesh.test>',
      TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT.accountSid,
      TWILIO_AUTH_TOKEN: TWILIO_ACCOUNT.authToken,
      TWILIO_FROM: '+14155550100',
      TWILIO_BASE_URL: twilio.url,
      SLACK_WEBHOOK_URL: slack.webhookUrl,
      WEBHOOK_SIGNING_SECRET: HOOK_SECRET,
    },
  });
  user = await makeSender(product);
});

afterAll(async () => {
  await product?.stop();
  await Promise.all(Object.values(doubles ?? {}).map((double) => double.stop()));
});

const SEND = `mutation Send($input: SendNotificationInput!) {
  sendNotification(input: $input) {
    __typename
    ... on SendNotificationSuccess { notification { id } }
    ... on MutationError { message }
  }
}`;
const LOOK = `query Look($id: ID!) {
  notification(id: $id) { status deliveries { provider position status error { code } } }
}`;

interface Shown {
  readonly status: string;
  readonly deliveries: readonly { readonly provider: string; readonly status: string }[];
}

async function send(input: object): Promise<string> {
  const sent = await user.graph.mutate<{ notification?: { id: string } }>(SEND, { input });
  if (!sent.notification) throw new Error(JSON.stringify(sent));
  return sent.notification.id;
}

const show = async (id: string) => (await user.graph.query<{ notification: Shown }>(LOOK, { id })).notification;

const becomes = (id: string, status: string) =>
  until(status, async () => {
    const found = await show(id);
    return found.status === status ? found : null;
  });

async function configure(input: object): Promise<unknown> {
  const admin = await administrator(product);
  return admin.graph.mutate(
    `mutation Configure($input: ConfigureNotificationChannelInput!) {
      configureNotificationChannel(input: $input) {
        __typename ... on ConfigureNotificationChannelSuccess { provider { name position } } ... on MutationError { message }
      }
    }`,
    { input },
  );
}

test('every channel delivers what the environment has set up', async () => {
  const { smtp, twilio, slack, webhook } = doubles;
  const email = await send({ channel: 'EMAIL', recipient: 'ada@example.com', subject: 'Hi', content: 'By mail' });
  const chat = await send({ channel: 'SLACK', recipient: 'default', content: 'By Slack' });
  const hook = await send({ channel: 'WEBHOOK', recipient: webhook.url, content: 'By webhook' });
  const sms = await send({ channel: 'SMS', recipient: '+1 415 555 2671', content: 'By SMS' });
  for (const id of [email, chat, hook]) await becomes(id, 'DELIVERED');
  expect(smtp.received.find(({ mail }) => mail.messageId === `<${email}@flowmesh.test>`)?.to).toEqual([
    'ada@example.com',
  ]);
  expect(slack.payloads).toContainEqual({ text: 'By Slack' });
  expect(webhook.received).toMatchObject([{ id: hook, payload: { data: { text: 'By webhook' } } }]);
  const { graph } = await administrator(product);
  expect(await graph.query('query ($url: String!) { webhookTargetSecret(url: $url) }', { url: webhook.url })).toEqual({
    webhookTargetSecret: webhookTargetSecret(HOOK_SECRET, `${webhook.url}/`),
  });

  await becomes(sms, 'SENT');
  const message = twilio.messages.find(({ body }) => body === 'By SMS');
  expect(message).toMatchObject({ to: '+14155552671', from: '+14155550100' });
  const { path, ...report } = twilio.report(message!, 'delivered');
  expect((await fetch(`${product.url}${path}`, report)).status).toBe(204);
  await becomes(sms, 'DELIVERED');
  const forged = { ...report, headers: { ...report.headers, 'x-twilio-signature': 'forged' } };
  expect((await fetch(`${product.url}${path}`, forged)).status).toBe(403);
});

test('providers stand in for each other, and none of their secrets is in the log', async () => {
  const { smtp, sendgrid, mailgun } = doubles;
  const from = 'Flowmesh <hello@flowmesh.test>';
  const { host, port } = smtp;
  const login = { username: LOGIN.user, password: LOGIN.password };
  const configured = [
    await configure({ channel: 'EMAIL', smtp: { host, port, security: 'OPPORTUNISTIC', ...login, from } }),
    await configure({ channel: 'EMAIL', sendgrid: { apiKey: SENDGRID_KEY, baseUrl: sendgrid.url, from } }),
    await configure({ channel: 'EMAIL', mailgun: { ...MAILGUN, baseUrl: mailgun.url, from } }),
  ];
  expect(configured).toMatchObject([
    { provider: { name: 'smtp', position: 0 } },
    { provider: { name: 'sendgrid', position: 1 } },
    { provider: { name: 'mailgun', position: 2 } },
  ]);
  const admin = await administrator(product);
  const { notificationChannel } = await admin.graph.query<{ notificationChannel: { providers: object[] } }>(
    '{ notificationChannel(channel: EMAIL) { providers { name settings { __typename ... on SmtpSettings { passwordSet } } } } }',
  );
  expect(notificationChannel.providers).toHaveLength(4);

  // Changes are in use within a second.
  await until('all three are asked', async () => {
    sendgrid.answerNext({ status: 503, body: 'busy' });
    const id = await send({ channel: 'EMAIL', recipient: 'down@example.com', subject: 'Failover', content: 'Hello' });
    const { deliveries } = await becomes(id, 'DELIVERED');
    const tried = deliveries.map(({ provider, status }) => `${provider} ${status}`);
    return tried.join() === 'SMTP FAILED,SENDGRID FAILED,MAILGUN DELIVERED' ? tried : null;
  });
  expect(mailgun.mails.at(-1)).toMatchObject({ to: 'down@example.com', mail: { subject: 'Failover' } });

  const log = readFileSync(product.logFile, 'utf8');
  expect(log).toContain('provider configured');
  const secrets = [LOGIN.password, SENDGRID_KEY, MAILGUN.apiKey, TWILIO_ACCOUNT.authToken, SLACK_PATH, HOOK_SECRET];
  for (const secret of secrets) expect(log).not.toContain(secret);
});
