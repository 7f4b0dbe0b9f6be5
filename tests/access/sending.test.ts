import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startSmtpDouble } from '../../subgraphs/notification/src/testing/doubles/smtp-double.ts';
import { startSlackDouble } from '../../subgraphs/notification/src/testing/doubles/slack-double.ts';
import { configureChannel, makeSender } from '../harness/notifications.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { until } from '@flowmesh/platform/testing';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

const DAILY_LIMIT = 4;
const ANYWHERE = 'notification:send-anywhere';

let smtp: Awaited<ReturnType<typeof startSmtpDouble>>;
let slack: Awaited<ReturnType<typeof startSlackDouble>>;
let product: Product;
let other: TestUser;
let people: Record<'member' | 'courier' | 'anywhere', TestUser>;

beforeAll(async () => {
  [smtp, slack] = await Promise.all([startSmtpDouble(), startSlackDouble()]);
  product = await startProduct({
    env: {
      SMTP_URL: `smtp://${smtp.host}:${smtp.port}`,
      MAIL_FROM: 'Flowmesh <hello@flowmesh.test>',
      SLACK_WEBHOOK_URL: slack.webhookUrl,
      NOTIFICATION_DAILY_LIMIT: String(DAILY_LIMIT),
      PUBLIC_URL: 'https://flowmesh.example',
      TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
      TWILIO_AUTH_TOKEN: 'token',
      TWILIO_FROM: '+14155550100',
      TWILIO_BASE_URL: slack.webhookUrl,
    },
  });
  await configureChannel(product, { channel: 'WEBHOOK', webhook: {} });
  other = await makeUser(product);
  people = {
    member: await makeUser(product),
    courier: await makeSender(product, ['notification:send-any']),
    anywhere: await makeSender(product),
  };
});
afterAll(async () => {
  await product?.stop();
  await Promise.all([smtp?.stop(), slack?.stop()]);
});

interface Sent {
  readonly __typename: string;
  readonly notification?: { readonly id: string; readonly recipient: string };
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  readonly key?: string;
}

const SEND = `mutation Send($input: SendNotificationInput!) {
  sendNotification(input: $input) {
    __typename
    ... on SendNotificationSuccess { notification { id recipient } }
    ... on InvalidInputError { fields { path message } }
  }
}`;
const trySend = async ({ graph }: TestUser, input: object): Promise<Sent> => graph.mutate<Sent>(SEND, { input });
const problems = async (who: TestUser, input: object) =>
  Object.fromEntries(((await trySend(who, input)).fields ?? []).map(({ path, message }) => [path, message]));

const mail = { channel: 'EMAIL', subject: 'Hi', content: 'Hello' };
const html = '<a href="https://phishing.example">Sign in</a>';
const NOT_OWN = `must be left out, or be the address of your account: others need the permission ${ANYWHERE}`;
const NO_ENDPOINT = `must be an endpoint of the user, made with createWebhookEndpoint: others need the permission ${ANYWHERE}`;
const OWN_SECRET = 'is for endpoints with a secret of their own: make one with createWebhookEndpoint';
const NO_USER = 'there is no such user';
const TYPE = 'is a type of the product’s own events: choose another';
const event = (type: string) => ({ webhook: { type, data: { amount: 1 } } });
const hook = { channel: 'WEBHOOK', content: 'Hello', recipient: 'https://example.com/hook' };

describe('refused, and nothing is stored', () => {
  test.each<['member' | 'courier' | 'anywhere', object, Record<string, string>]>([
    ['member', { ...mail, recipient: 'victim@example.com' }, { recipient: NOT_OWN }],
    ['member', { ...mail, htmlContent: html }, { htmlContent: `needs the permission ${ANYWHERE}: use a template` }],
    [
      'member',
      { ...mail, recipient: 'victim@example.com', htmlContent: html },
      { recipient: NOT_OWN, htmlContent: `needs the permission ${ANYWHERE}: use a template` },
    ],
    [
      'member',
      { channel: 'SMS', content: 'x', recipient: '+14155552671' },
      { recipient: `needs the permission ${ANYWHERE}` },
    ],
    [
      'member',
      { channel: 'SLACK', content: 'x', recipient: 'https://hooks.slack.com/services/T/B/X' },
      { recipient: `needs the permission ${ANYWHERE}` },
    ],
    [
      'member',
      { channel: 'SLACK', content: 'x', recipient: '#guess' },
      { recipient: 'must be the name of a webhook that is set up, or the address of one' },
    ],
    ['member', hook, { recipient: NO_ENDPOINT }],
    ['member', { ...hook, metadata: event('invoice.paid') }, { recipient: NO_ENDPOINT }],
    ['anywhere', { ...hook, metadata: event('invoice.paid') }, { 'metadata.webhook': OWN_SECRET }],
    [
      'anywhere',
      { ...hook, metadata: { webhook: { type: 'workflow.failed' } } },
      { 'metadata.webhook': OWN_SECRET, 'metadata.webhook.type': TYPE },
    ],
    ['courier', { ...mail, recipient: 'victim@example.com' }, { recipient: NOT_OWN }],
  ])('%s: %j', async (who, input, expected) => {
    expect(await problems(people[who], input)).toEqual(expected);
    const list = '{ notifications { totalCount } }';
    expect(await people[who].graph.query(list)).toEqual({ notifications: { totalCount: 0 } });
  });

  test('somebody else, without and with the permission for others', async () => {
    expect(await problems(people.member, { ...mail, userId: other.id })).toMatchObject({
      userId: 'must be you: others need the permission notification:send-any',
    });
    // The address of somebody else must not be learnt by sending to it.
    expect(await problems(people.courier, { ...mail, userId: other.id })).toEqual({
      recipient: 'must be given: the address of another user needs the permission user:read-any',
    });
  });

  test('somebody who does not exist, or no more', async () => {
    const gone = await makeUser(product);
    const { graph } = await administrator(product);
    await graph.mutate('mutation ($input: DeleteUserInput!) { deleteUser(input: $input) { __typename } }', {
      input: { id: gone.id },
    });
    for (const userId of ['nope', gone.id]) {
      for (const input of [mail, { ...mail, channel: 'IN_APP' }, { channel: 'SLACK', content: 'x' }, hook]) {
        expect(await problems(people.courier, { ...input, userId })).toEqual({ userId: NO_USER });
      }
      // Whoever may not send to others does not learn who exists.
      expect(await problems(people.member, { channel: 'IN_APP', content: 'x', userId })).toEqual({
        userId: 'must be you: others need the permission notification:send-any',
      });
      const change = `mutation ($input: UpdateNotificationPreferencesInput!) { updateNotificationPreferences(input: $input) {
        ... on InvalidInputError { fields { path message } } } }`;
      expect(await graph.mutate(change, { input: { userId, language: 'de' } })).toEqual({
        fields: [{ path: 'userId', message: NO_USER }],
      });
    }
    const bulk = `mutation ($input: SendBulkNotificationsInput!) { sendBulkNotifications(input: $input) {
      ... on SendBulkNotificationsSuccess { accepted results { error { fields { path message } } } } } }`;
    const recipients = [{ userId: 'nope' }, {}, { userId: other.id }];
    expect(await graph.mutate(bulk, { input: { channel: 'IN_APP', content: 'x', recipients } })).toEqual({
      accepted: 2,
      results: [{ error: { fields: [{ path: 'userId', message: NO_USER }] } }, { error: null }, { error: null }],
    });
  });

  test('reports to any address', async () => {
    const subscribe = `mutation ($input: SubscribeToDeliveryReportInput!) { subscribeToDeliveryReport(input: $input) {
      __typename ... on InvalidInputError { fields { path message } } } }`;
    const input = { kind: 'DAILY', recipient: 'victim@example.com' };
    expect(await people.member.graph.mutate(subscribe, { input })).toEqual({
      __typename: 'InvalidInputError',
      fields: [{ path: 'recipient', message: NOT_OWN }],
    });
  });

  test('in bulk, one by one', async () => {
    const { graph } = await makeUser(product);
    const bulk = `mutation ($input: SendBulkNotificationsInput!) { sendBulkNotifications(input: $input) {
      ... on SendBulkNotificationsSuccess { accepted results { error { code } } } } }`;
    const recipients = ['a@example.com', 'b@example.com'].map((recipient) => ({ recipient }));
    expect(await graph.mutate(bulk, { input: { ...mail, recipients } })).toEqual({
      accepted: 0,
      results: recipients.map(() => ({ error: { code: 'INVALID_INPUT' } })),
    });
  });
});

test('a member reaches the address of the account, their endpoints, and what is set up, so many times a day', async () => {
  const { member } = people;
  expect((await trySend(member, mail)).notification?.recipient).toBe(member.email);
  const own = { ...mail, recipient: member.email.toUpperCase(), content: 'See https://example.com/page' };
  expect((await trySend(member, own)).notification?.recipient).toBe(member.email);
  await until('both mails', () => smtp.received.filter(({ to }) => to.includes(member.email)).length === 2);
  // Its links are as they were given: none leads over the product's domain.
  expect(smtp.received.filter(({ mail }) => mail.text?.includes('https://example.com/page'))).toHaveLength(1);

  const text = 'Look <!channel> & <https://example.com|here>';
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '<!here> <https://example.com|link>' } }];
  const chat = { channel: 'SLACK', recipient: 'default', content: text, metadata: { slack: { blocks } } };
  expect((await trySend(member, chat)).__typename).toBe('SendNotificationSuccess');
  await until('the chat', () => slack.payloads.length === 1);
  expect(slack.payloads).toEqual([
    {
      text: 'Look &lt;!channel&gt; &amp; &lt;https://example.com|here&gt;',
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '&lt;!here&gt; <https://example.com|link>' } }],
    },
  ]);

  const made = await member.graph.mutate<{ __typename: string }>(
    'mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { __typename } }',
    { input: { url: 'https://example.com/hook' } },
  );
  expect(made).toEqual({ __typename: 'CreateWebhookEndpointSuccess' });
  expect(await problems(member, { ...hook, metadata: event('workflow.failed') })).toEqual({
    'metadata.webhook.type': TYPE,
  });
  // Far ahead: nothing leaves the machine of the tests.
  const later = {
    ...hook,
    metadata: event('invoice.paid'),
    scheduledAt: new Date(Date.now() + 86_400_000).toISOString(),
  };
  expect((await trySend(member, later)).__typename).toBe('SendNotificationSuccess');

  const { errors } = await member.graph.ask(SEND, { input: mail });
  expect(errors).toMatchObject([
    {
      message: expect.stringMatching(
        /^You have sent the 4 messages that a sender may send a day \(UTC\)\. Try again in/,
      ),
      extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) },
    },
  ]);
  // The inbox is the product's own.
  expect((await trySend(member, { channel: 'IN_APP', content: 'Hello' })).__typename).toBe('SendNotificationSuccess');
});

test('the limit of a day holds in bulk and at the same time', async () => {
  const { graph, email } = await makeUser(product);
  const bulk = `mutation ($input: SendBulkNotificationsInput!) { sendBulkNotifications(input: $input) {
    ... on SendBulkNotificationsSuccess { accepted results { error { code } } } } }`;
  const send = () =>
    graph.mutate<{ accepted: number }>(bulk, { input: { ...mail, recipients: [{}, {}, { recipient: email }] } });
  const outcomes = await Promise.all([send(), send(), send()]);
  expect(outcomes.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(DAILY_LIMIT);
});

test('who may name any recipient may, with HTML of their own', async () => {
  const recipient = `${unique('guest')}@example.com`;
  expect((await trySend(people.anywhere, { ...mail, recipient, htmlContent: html })).notification?.recipient).toBe(
    recipient,
  );
  const admin = await administrator(product);
  expect((await trySend(admin, { ...mail, userId: other.id })).notification?.recipient).toBe(other.email);
});

test('one’s own wishes hold at one’s own addresses, named or not; an address of a stranger has none', async () => {
  const sender = await makeSender(product);
  const url = `https://example.com/${unique('own')}`;
  const succeeds = (mutation: string, input: object) =>
    sender.graph.mutate(
      `mutation ($input: ${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!) {
      ${mutation}(input: $input) { __typename ... on MutationError { message } }
    }`,
      { input },
    );
  expect(await succeeds('createWebhookEndpoint', { url })).toEqual({ __typename: 'CreateWebhookEndpointSuccess' });
  const rules = ['EMAIL', 'WEBHOOK', 'SLACK', 'SMS'].map((channel) => ({ channel, isEnabled: false }));
  expect(await succeeds('updateNotificationPreferences', { rules })).toEqual({
    __typename: 'UpdateNotificationPreferencesSuccess',
  });
  const outcome = async (input: object) => (await trySend(sender, input)).__typename;
  const [slackMessage, sms] = [
    { channel: 'SLACK', content: 'x' },
    { channel: 'SMS', content: 'x' },
  ];
  const own = [
    mail,
    { ...mail, recipient: sender.email.toUpperCase() },
    { ...hook, recipient: url },
    { ...slackMessage, recipient: 'default' },
  ];
  const strange = [{ ...mail, recipient: 'stranger@example.com' }, hook, { ...sms, recipient: '+14155552671' }];
  for (const input of own) expect([input, await outcome(input)]).toEqual([input, 'NotificationUnwantedError']);
  for (const input of strange) expect([input, await outcome(input)]).toEqual([input, 'SendNotificationSuccess']);
  for (const input of [...own, ...strange]) {
    const named = { ...input, userId: sender.id };
    expect([named, await outcome(named)]).toEqual([named, 'NotificationUnwantedError']);
  }
});
