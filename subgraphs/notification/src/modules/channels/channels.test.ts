import { newWebhookSecret } from '@flowmesh/platform/http';
import { startSmtpDouble, type SmtpDouble } from '../../testing/doubles/smtp-double.ts';
import { startSlackDouble, type SlackDouble } from '../../testing/doubles/slack-double.ts';
import { startTwilioDouble, TWILIO_ACCOUNT, type TwilioDouble } from '../../testing/doubles/twilio-double.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../testing/doubles/webhook-receiver.ts';
import { until } from '@flowmesh/platform/testing';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { look, mutate, sent } from '../../testing/operations.ts';
import { ChannelSecrets } from '../../adapters/channel-secrets.ts';
import { createSecretBox, createKeyRing } from '@flowmesh/platform/secrets';
import { applyDefaults } from './channel-defaults.ts';
import { ChannelStore } from './channel-store.ts';
import type { EnvironmentProvider } from './environment-config.ts';

const ada = userOf('ada');
const admin = userOf('root', 'notification:configure', 'notification:read-any', 'integration:read');
const LOGIN = { user: 'mailer', password: 'the-smtp-password' };

let tested: NotificationUnderTest;
let running: NotificationProcess;
let smtp: SmtpDouble;
let slack: SlackDouble;
let twilio: TwilioDouble;

const SHOWN = `{
  id channel kind name position isActive source rateLimitPerMinute recipientRateLimitPerMinute version
  circuitBreaker { state openedAt retryAt observers { failures } } integration { id }
  health { attempts succeeded failed successRate lastError }
  settings {
    __typename
    ... on SmtpSettings { host port security username passwordSet from replyTo }
    ... on TwilioSettings { baseUrl accountSid authTokenSet messagingServiceSid }
    ... on SlackSettings { webhookNames }
    ... on WebhookSettings { signingSecretSet rotatingUntil }
  }
}`;

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly [field: string]: unknown;
}

interface Outcome {
  readonly __typename: string;
  readonly provider?: Shown;
  readonly created?: boolean;
  readonly [field: string]: unknown;
}

const configure = async (input: object): Promise<Outcome> =>
  (await mutate(
    running,
    admin,
    'configureNotificationChannel',
    input,
    `provider ${SHOWN} created`,
  )) as unknown as Outcome;
const remove = async (id: string): Promise<Outcome> => {
  const query = `mutation R($input: RemoveNotificationChannelProviderInput!) {
    result: removeNotificationChannelProvider(input: $input) {
      __typename
      ... on RemoveNotificationChannelProviderSuccess { providerId }
      ... on MutationError { code }
    }
  }`;
  return (await running.ask<{ result: Outcome }>(admin, query, { input: { id } })).result;
};
const test_ = async (input: object): Promise<Outcome> => {
  const query = `mutation T($input: TestNotificationChannelInput!) {
    result: testNotificationChannel(input: $input) {
      __typename
      ... on TestNotificationChannelSuccess { provider { name } delivered providerMessageId response }
      ... on MutationError { code message }
      ... on NotificationChannelTestFailedError { error { code retryable } provider { name } }
      ... on InvalidInputError { fields { path message } }
    }
  }`;
  return (await running.ask<{ result: Outcome }>(admin, query, { input })).result;
};

interface Channel {
  readonly status: string;
  readonly rateLimitPerMinute: number | null;
  readonly providers: readonly Shown[];
}

const channel = async (name: string): Promise<Channel> => {
  const query = `query C($channel: NotificationChannelType!) {
    notificationChannel(channel: $channel) { status rateLimitPerMinute providers ${SHOWN} }
  }`;
  return (await running.ask<{ notificationChannel: Channel }>(admin, query, { channel: name })).notificationChannel;
};

const smtpInput = (more: object = {}) => ({
  host: smtp.host,
  port: smtp.port,
  security: 'OPPORTUNISTIC',
  username: LOGIN.user,
  password: LOGIN.password,
  from: 'Flowmesh <hello@flowmesh.test>',
  ...more,
});

beforeAll(async () => {
  [smtp, slack, twilio] = await Promise.all([
    startSmtpDouble({ login: LOGIN }),
    startSlackDouble(),
    startTwilioDouble(),
  ]);
  tested = await prepareNotifications();
  running = await tested.process();
});

afterAll(async () => {
  await tested?.stop();
  await Promise.all([smtp, slack, twilio].map((double) => double?.stop()));
});

const ended = (id: string) =>
  until('the end', async () => {
    const found = await look(running, ada, id);
    return found?.completedAt ? found : null;
  });

test('channels are there from the beginning, with what works without being configured', async () => {
  const query = '{ notificationChannels { channel status providers { name kind source isActive } } }';
  const { notificationChannels } = await running.ask<{ notificationChannels: object[] }>(ada, query);
  const builtIn = { source: 'BUILT_IN', isActive: true };
  expect(notificationChannels).toEqual([
    { channel: 'EMAIL', status: 'NOT_CONFIGURED', providers: [] },
    { channel: 'SMS', status: 'NOT_CONFIGURED', providers: [] },
    { channel: 'SLACK', status: 'NOT_CONFIGURED', providers: [] },
    { channel: 'WEBHOOK', status: 'OPERATIONAL', providers: [{ name: 'default', kind: 'WEBHOOK', ...builtIn }] },
    { channel: 'IN_APP', status: 'OPERATIONAL', providers: [{ name: 'Inbox', kind: 'INBOX', ...builtIn }] },
  ]);
});

test('an e-mail provider is configured, sends, and shows how it does, but never its password', async () => {
  const created = await configure({ channel: 'EMAIL', smtp: smtpInput(), rateLimitPerMinute: 1_000 });
  expect(created).toEqual({
    __typename: 'ConfigureNotificationChannelSuccess',
    created: true,
    provider: {
      id: expect.any(String),
      channel: 'EMAIL',
      kind: 'SMTP',
      name: 'smtp',
      position: 0,
      isActive: true,
      source: 'CONFIGURED',
      rateLimitPerMinute: 1_000,
      recipientRateLimitPerMinute: null,
      version: 1,
      circuitBreaker: { state: 'CLOSED', openedAt: null, retryAt: null, observers: [] },
      integration: null,
      health: { attempts: 0, succeeded: 0, failed: 0, successRate: null, lastError: null },
      settings: {
        __typename: 'SmtpSettings',
        host: '127.0.0.1',
        port: smtp.port,
        security: 'OPPORTUNISTIC',
        username: LOGIN.user,
        passwordSet: true,
        from: 'Flowmesh <hello@flowmesh.test>',
        replyTo: null,
      },
    },
  });
  // Settings are noticed within a second.
  await until('the provider is in use', async () => {
    const result = await mutate(
      running,
      ada,
      'sendNotification',
      { channel: 'EMAIL', recipient: 'ada@example.com', subject: 'First', content: 'Hello', idempotencyKey: 'first' },
      'notification { id }',
    );
    return result.notification;
  });
  await until('the mail', () => smtp.received.find(({ mail }) => mail.subject === 'First'));
  const id = await sent(running, ada, { channel: 'EMAIL', recipient: 'Ada@Example.com', subject: 'Second' });
  expect(await ended(id)).toMatchObject({ status: 'DELIVERED', recipient: 'Ada@example.com' });
  const one = smtp.received.find(({ mail }) => mail.subject === 'Second');
  expect(one?.mail.messageId).toBe(`<${id}@flowmesh.test>`);
  expect(await channel('EMAIL')).toMatchObject({
    status: 'OPERATIONAL',
    rateLimitPerMinute: 1_000,
    providers: [{ health: { attempts: 2, succeeded: 2, failed: 0, successRate: 1 } }],
  });
  const { rows } = await tested.pool.query<{ config: string }>('select config from channel_configs');
  expect(JSON.stringify([created, rows])).not.toContain(LOGIN.password);
});

test('a change keeps what is left out, and loses against a change that came first', async () => {
  const name = 'kept';
  const first = await configure({
    channel: 'SLACK',
    name,
    slack: { webhooks: [{ name: 'ops', url: slack.webhookUrl }] },
  });
  expect(first.provider).toMatchObject({ version: 1, settings: { webhookNames: ['ops'] } });
  const second = await configure({ channel: 'SLACK', name, isActive: false, recipientRateLimitPerMinute: 5 });
  expect(second).toMatchObject({
    created: false,
    provider: { version: 2, isActive: false, recipientRateLimitPerMinute: 5, settings: { webhookNames: ['ops'] } },
  });
  expect(await channel('SLACK')).toMatchObject({ status: 'INACTIVE', rateLimitPerMinute: null });
  const added = [{ name: 'ops' }, { name: 'dev', url: slack.webhookUrl }];
  const third = await configure({ channel: 'SLACK', name, slack: { webhooks: added }, isActive: true });
  expect(third.provider).toMatchObject({ version: 3, settings: { webhookNames: ['ops', 'dev'] } });
  expect(await configure({ channel: 'SLACK', name, isActive: false, expectedVersion: 2 })).toEqual({
    __typename: 'ConflictError',
    code: 'CONFLICT',
    message: 'The provider is at version 3, not 2.',
  });
  expect(await test_({ channel: 'SLACK', provider: name, recipient: 'ops', content: 'It works' })).toEqual({
    __typename: 'TestNotificationChannelSuccess',
    provider: { name },
    delivered: true,
    providerMessageId: null,
    response: 'HTTP 200',
  });
  expect(slack.payloads.at(-1)).toEqual({ text: 'It works' });
  const many = await Promise.all(
    Array.from({ length: 4 }, (_, index) => configure({ channel: 'SLACK', name, position: index + 1 })),
  );
  expect(many.map(({ provider }) => provider?.version).every((version) => Number(version) > 3)).toBe(true);
});

test('providers of one name are made once, whoever asks at the same time', async () => {
  const input = {
    channel: 'SMS',
    name: 'once',
    twilio: { ...TWILIO_ACCOUNT, baseUrl: twilio.url, from: '+14155550100' },
  };
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => configure(input)));
  expect(outcomes.filter(({ created }) => created)).toHaveLength(1);
  expect(new Set(outcomes.map(({ provider }) => provider?.id)).size).toBe(1);
});

test('a test says what happened', async () => {
  const twilioInput = { ...TWILIO_ACCOUNT, baseUrl: twilio.url, from: '+14155550100' };
  await configure({ channel: 'SMS', name: 'good', twilio: twilioInput });
  await configure({ channel: 'SMS', name: 'bad', twilio: { ...twilioInput, authToken: 'wrong' } });
  const good = await test_({ channel: 'SMS', provider: 'good', recipient: '+1 415 555 2671' });
  expect(good).toMatchObject({ delivered: false, providerMessageId: twilio.messages.at(-1)?.sid });
  expect(await test_({ channel: 'SMS', provider: 'bad', recipient: '+14155552671' })).toEqual({
    __typename: 'NotificationChannelTestFailedError',
    code: 'NOTIFICATION_CHANNEL_TEST_FAILED',
    message: 'Twilio answered 401 (20003): Authenticate',
    error: { code: 'AUTHENTICATION', retryable: true },
    provider: { name: 'bad' },
  });
  expect(await test_({ channel: 'SMS', provider: 'good', recipient: '555' })).toMatchObject({
    fields: [{ path: 'recipient' }],
  });
  expect(await test_({ channel: 'SMS', provider: 'none', recipient: '+14155552671' })).toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await test_({ channel: 'IN_APP', recipient: 'ada' })).toMatchObject({ fields: [{ path: 'channel' }] });
});

test('bad input is refused with everything that is wrong, and nothing is stored', async () => {
  const before = await tested.pool.query('select * from channel_configs order by id');
  const wrong: [object, string[]][] = [
    [{ channel: 'SMS' }, ['name', 'channel']],
    [{ channel: 'EMAIL', name: 'x', slack: { webhooks: [] } }, ['slack']],
    [
      { channel: 'EMAIL', name: 'x\0', position: -1, rateLimitPerMinute: 0, smtp: smtpInput({ host: '10.0.0.1' }) },
      ['name', 'position', 'rateLimitPerMinute', 'smtp.host'],
    ],
    [{ channel: 'IN_APP', name: 'other', webhook: {} }, ['webhook']],
    [{ channel: 'EMAIL', name: 'environment-smtp', smtp: smtpInput() }, ['name']],
  ];
  for (const [input, paths] of wrong) {
    const outcome = (await configure(input)) as { fields?: { path: string }[] };
    expect(outcome.fields?.map(({ path }) => path)).toEqual(paths);
  }
  expect(await remove('nothing')).toMatchObject({ code: 'NOT_FOUND' });
  expect(await remove('in-app')).toMatchObject({ code: 'CONFLICT' });
  const after = await tested.pool.query('select * from channel_configs order by id');
  expect(after.rows).toEqual(before.rows);
});

test('a provider is removed', async () => {
  const { provider } = await configure({ channel: 'WEBHOOK', name: 'gone', webhook: {} });
  expect(await remove(provider!.id)).toEqual({
    __typename: 'RemoveNotificationChannelProviderSuccess',
    providerId: provider!.id,
  });
  expect((await channel('WEBHOOK')).providers.map(({ name }) => name)).not.toContain('gone');
});

describe('webhooks', () => {
  const [first, second] = [newWebhookSecret(), newWebhookSecret()];
  let old: WebhookReceiver;
  let fresh: WebhookReceiver;
  beforeAll(async () => {
    [old, fresh] = await Promise.all([startWebhookReceiver(first), startWebhookReceiver(second)]);
  });
  afterAll(() => Promise.all([old.stop(), fresh.stop()]));

  test('are signed with both secrets while one replaces the other', async () => {
    const input = { channel: 'WEBHOOK', name: 'rotated', position: 0 };
    const before = await configure({ ...input, webhook: { signingSecret: first } });
    expect(before.provider?.['settings']).toMatchObject({ signingSecretSet: true, rotatingUntil: null });
    const test = { channel: 'WEBHOOK', provider: 'rotated' };
    expect(await test_({ ...test, recipient: old.url })).toMatchObject({ response: 'HTTP 204' });
    expect(await test_({ ...test, recipient: fresh.url })).toMatchObject({ error: { code: 'HTTP_STATUS' } });
    const after = await configure({ ...input, webhook: { signingSecret: second } });
    expect(after.provider?.['settings']).toMatchObject({ rotatingUntil: expect.any(Date) });
    expect(await test_({ ...test, recipient: old.url })).toMatchObject({ response: 'HTTP 204' });
    expect(await test_({ ...test, recipient: fresh.url })).toMatchObject({ response: 'HTTP 204' });
    expect(JSON.stringify(after)).not.toContain(second);
  });
});

test('the environment sets providers up and takes them away again', async () => {
  const box = createSecretBox(createKeyRing(Buffer.alloc(32, 7).toString('base64')));
  const store = new ChannelStore(tested.pool, new ChannelSecrets(box), () => true);
  const provider = (from: string): EnvironmentProvider => ({
    kind: 'SENDGRID',
    config: { baseUrl: 'https://api.sendgrid.com', from, replyTo: null },
    secrets: { apiKey: 'SG.environment' },
  });
  const own = async () => (await store.all()).filter(({ id }) => id.startsWith('environment-'));
  await Promise.all([applyDefaults(store, [provider('a@b.test')]), applyDefaults(store, [provider('a@b.test')])]);
  expect(await own()).toMatchObject([
    {
      id: 'environment-sendgrid',
      position: 1_000,
      version: 1,
      settings: { from: 'a@b.test', apiKey: 'SG.environment' },
    },
  ]);
  const name = 'environment-sendgrid';
  expect(await remove(name)).toMatchObject({ code: 'CONFLICT' });
  await applyDefaults(store, [provider('a@b.test')]);
  expect(await own()).toMatchObject([{ version: 1 }]);
  await applyDefaults(store, [provider('c@d.test')]);
  expect(await own()).toMatchObject([{ version: 2, settings: { from: 'c@d.test' } }]);
  await applyDefaults(store, []);
  expect(await own()).toEqual([]);
});

test('a channel has at most 20 providers, also when many are added at the same time', async () => {
  const before = (await channel('WEBHOOK')).providers.length;
  const input = (at: number) => ({
    channel: 'WEBHOOK',
    name: `crowd-${at}`,
    isActive: false,
    webhook: { signingSecret: newWebhookSecret() },
  });
  const outcomes = await Promise.all(Array.from({ length: 30 }, (_, at) => configure(input(at))));
  const made = outcomes.flatMap(({ provider }) => provider ?? []);
  expect(made).toHaveLength(20 - before);
  expect((await channel('WEBHOOK')).providers).toHaveLength(20);
  const refused = outcomes.filter(({ provider }) => !provider);
  expect(new Set(refused.map((each) => each['message']))).toEqual(new Set(['A channel has at most 20 providers.']));
  for (const { id } of made) await remove(id);
});
