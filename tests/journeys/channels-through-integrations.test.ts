import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { startSmtpDouble, type SmtpDouble } from '../../subgraphs/notification/src/testing/doubles/smtp-double.ts';
import { mailIntegration, registerIntegration } from '../harness/integrations.ts';
import { configureChannel, makeSender, sendNotifications } from '../harness/notifications.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { administrator, unique, type TestUser } from '../harness/users.ts';

let product: Product;
let admin: TestUser;
let user: TestUser;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  product = await startProduct({ env: { NOTIFICATION_RETRY_SCHEDULE: '1s,1s,1s,1s' } });
  admin = await administrator(product);
  user = await makeSender(product);
});
afterAll(async () => {
  await product?.stop();
  await Promise.all(ends.map((end) => end()));
});

async function mailServer(port?: number): Promise<SmtpDouble> {
  const server = await startSmtpDouble(port === undefined ? {} : { port });
  ends.push(() => server.stop());
  return server;
}

interface Shown {
  readonly status: string;
  readonly attempts: number;
  readonly error: { readonly code: string } | null;
  readonly deliveries: readonly { provider: string; status: string; error: { code: string } | null }[];
}
const look = async (id: string): Promise<Shown> => {
  const document = `query Look($id: ID!) {
    notification(id: $id) { status attempts error { code } deliveries { provider status error { code } } } }`;
  return (await user.graph.query<{ notification: Shown }>(document, { id })).notification;
};
const becomes = (id: string, status: string) =>
  until(
    `${status}`,
    async () => {
      const shown = await look(id);
      return shown.status === status ? shown : null;
    },
    { timeoutMs: 30_000 },
  );
/** A provider is noticed within a second after it was configured. */
const send = async (input: object) => {
  const all = [{ content: 'Hello', ...input }];
  const ids = await until('it is accepted', () => sendNotifications(user.graph, all).catch(() => null));
  return ids[0]!;
};
const mail = () => send({ channel: 'EMAIL', recipient: 'ada@example.com', subject: 'Hi' });
const circuitOf = async (id: string) => {
  const document = 'query Circuit($id: ID!) { integration(id: $id) { circuitBreaker { state } } }';
  const { integration } = await admin.graph.query<{ integration: { circuitBreaker: { state: string } } }>(document, {
    id,
  });
  return integration.circuitBreaker.state;
};

describe('e-mail', () => {
  let first: SmtpDouble;
  let second: SmtpDouble;
  let integrationId: string;

  beforeAll(async () => {
    [first, second] = await Promise.all([mailServer(), mailServer()]);
    integrationId = await mailIntegration(admin.graph, first, {
      circuitBreaker: { minimumCalls: 3, windowSeconds: 5, openSeconds: 3 },
    });
    await configureChannel(product, { channel: 'EMAIL', name: 'first', position: 0, integration: { integrationId } });
    const { host, port } = second;
    const smtp = { host, port, security: 'OPPORTUNISTIC', from: 'Flowmesh <hello@flowmesh.test>' };
    await configureChannel(product, { channel: 'EMAIL', name: 'second', position: 1, smtp });
  });

  test('goes through the integration, under the id of the notification', async () => {
    const id = await mail();
    expect(await becomes(id, 'DELIVERED')).toMatchObject({
      deliveries: [{ provider: 'INTEGRATION', status: 'DELIVERED', error: null }],
    });
    const [received] = first.received;
    expect(received).toMatchObject({ from: 'robot@example.org', to: ['ada@example.com'] });
    expect(received?.mail.messageId).toBe(`<${id}@example.org>`);
    expect(received?.mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(second.received).toEqual([]);
  });

  test('the channel joins its integration, for those who may see it', async () => {
    const document = `{ notificationChannel(channel: EMAIL) {
      integration { id type circuitBreaker { state } }
      providers { name circuitBreaker { state } integration { id name }
        settings { __typename ... on IntegrationProviderSettings { operation recipients } } }
    } }`;
    const { notificationChannel } = await admin.graph.query<{ notificationChannel: object }>(document);
    expect(notificationChannel).toMatchObject({
      integration: { id: integrationId, type: 'EMAIL', circuitBreaker: { state: 'CLOSED' } },
      providers: [
        {
          name: 'first',
          circuitBreaker: { state: 'CLOSED' },
          integration: { id: integrationId },
          settings: { __typename: 'IntegrationProviderSettings', operation: 'send', recipients: [] },
        },
        { name: 'second', integration: null },
      ],
    });
    const members = '{ notificationChannel(channel: EMAIL) { integration { id } providers { integration { name } } } }';
    const seen = await user.graph.query<{ notificationChannel: { providers: object[] } }>(members);
    expect(seen.notificationChannel.providers).toEqual([{ integration: null }, { integration: null }]);
  });

  test('the integration tells who depends on it, and that somebody stands in', async () => {
    const document = `query Dependents($id: ID!) {
      integration(id: $id) { dependents(first: 10) { nodes { kind name impact } } } }`;
    interface Told {
      readonly integration: { readonly dependents: { readonly nodes: readonly object[] } };
    }
    await until('the events have arrived', async () => {
      const { integration } = await admin.graph.query<Told>(document, { id: integrationId });
      return integration.dependents.nodes.length === 1;
    });
    expect(await admin.graph.query(document, { id: integrationId })).toMatchObject({
      integration: { dependents: { nodes: [{ kind: 'NOTIFICATION_CHANNEL', name: 'EMAIL: first', impact: 'NONE' }] } },
    });
  });

  test('while its circuit is open the second provider sends at once, and the first again when it closes', async () => {
    await first.stop();
    const failover = async () => {
      const shown = await becomes(await mail(), 'DELIVERED');
      expect(shown.attempts).toBe(1);
      return shown.deliveries;
    };
    const opened = await until(
      'the circuit opens',
      async () => {
        const deliveries = await failover();
        return deliveries[0]?.error?.code === 'CIRCUIT_OPEN' ? deliveries : null;
      },
      { timeoutMs: 30_000 },
    );
    expect(opened).toMatchObject([
      { provider: 'INTEGRATION', status: 'SKIPPED', error: { code: 'CIRCUIT_OPEN' } },
      { provider: 'SMTP', status: 'DELIVERED' },
    ]);
    const again = await startSmtpDouble({ port: first.port });
    ends.push(() => again.stop());
    // Only messages try it: the health check leaves the circuit alone.
    const back = await until(
      'the first provider sends again',
      async () => {
        const deliveries = await failover();
        return deliveries.length === 1 ? deliveries : null;
      },
      { timeoutMs: 30_000 },
    );
    expect(back).toMatchObject([{ provider: 'INTEGRATION', status: 'DELIVERED' }]);
    expect(await circuitOf(integrationId)).toBe('CLOSED');
    expect(again.received.length).toBeGreaterThanOrEqual(1);
  }, 90_000);
});

test('named receivers: a channel of Slack by a bot, and an operation of an HTTP service with the fields it has', async () => {
  const slack = await HttpDouble.start((_call, response) =>
    sendJson(response, { ok: true, channel: 'C1', ts: '1700000000.000100' }),
  );
  const service = await HttpDouble.start((_call, response) => sendJson(response, { id: 'incident-1' }));
  ends.push(
    () => slack.stop(),
    () => service.stop(),
  );
  const bot = await registerIntegration(admin.graph, {
    type: 'SLACK',
    configuration: { authentication: 'BOT', baseUrl: slack.url },
    credentials: { token: 'xoxb-canary' },
  });
  const inputSchema = {
    type: 'object',
    additionalProperties: false,
    required: ['text', 'recipient'],
    properties: { text: { type: 'string' }, recipient: { type: 'string' } },
  };
  const pager = await registerIntegration(admin.graph, {
    type: 'HTTP',
    configuration: { baseUrl: service.url, authentication: { type: 'BEARER' } },
    credentials: { token: 'canary' },
    operations: [{ name: 'raise', method: 'POST', path: '/incidents', inputSchema }],
  });
  await configureChannel(product, { channel: 'SLACK', integration: { integrationId: bot, recipients: ['#alerts'] } });
  const raise = { integrationId: pager, operation: 'raise', recipients: ['on-call'] };
  await configureChannel(product, { channel: 'WEBHOOK', name: 'pager', integration: raise });

  await becomes(await send({ channel: 'SLACK', recipient: '#alerts' }), 'DELIVERED');
  expect(JSON.parse(slack.calls[0]!.body)).toEqual({ channel: '#alerts', text: 'Hello' });
  const paged = await send({ channel: 'WEBHOOK', recipient: 'on-call' });
  await becomes(paged, 'DELIVERED');
  expect(JSON.parse(service.calls[0]!.body)).toEqual({ text: 'Hello', recipient: 'on-call' });
  expect(service.calls[0]!.headers).toMatchObject({ authorization: 'Bearer canary', 'idempotency-key': paged });

  // An address does not go through it, nor an unknown name anywhere.
  const receiver = await HttpDouble.start((_call, response) => response.writeHead(204).end());
  ends.push(() => receiver.stop());
  const addressed = await send({ channel: 'WEBHOOK', recipient: receiver.url });
  expect((await becomes(addressed, 'DELIVERED')).deliveries).toMatchObject([{ provider: 'WEBHOOK' }]);
  const refused = await user.graph.mutate<object>(
    `mutation Send($input: SendNotificationInput!) {
      sendNotification(input: $input) { __typename ... on InvalidInputError { fields { path } } } }`,
    { input: { channel: 'SLACK', recipient: '#elsewhere', content: 'Hello' } },
  );
  expect(refused).toEqual({ __typename: 'InvalidInputError', fields: [{ path: 'recipient' }] });

  // The other provider of the channel does not know the names: nobody stands in. The channel tells what is in the way.
  const standing = async () => {
    const document = '{ notificationChannel(channel: WEBHOOK) { status providers { name problem } } }';
    return (await admin.graph.query<{ notificationChannel: object }>(document)).notificationChannel;
  };
  const degraded = (problem: string) => ({
    status: 'DEGRADED',
    providers: [
      { name: 'pager', problem },
      { name: 'default', problem: null },
    ],
  });
  expect(await standing()).toMatchObject({ status: 'OPERATIONAL', providers: [{ problem: null }, { problem: null }] });
  const change = (input: object) =>
    admin.graph.mutate(
      'mutation Change($input: UpdateIntegrationInput!) { updateIntegration(input: $input) { __typename } }',
      {
        input: { id: pager, ...input },
      },
    );
  await change({ status: 'INACTIVE' });
  expect(await standing()).toEqual(degraded('Its integration is switched off.'));
  const dependents = `query Dependents($id: ID!) { integration(id: $id) { dependents { nodes { impact } } } }`;
  expect(await admin.graph.query(dependents, { id: pager })).toEqual({
    integration: { dependents: { nodes: [{ impact: 'BLOCKED' }] } },
  });
  await change({ status: 'ACTIVE', operations: [{ name: 'page', method: 'POST', path: '/incidents' }] });
  expect(await standing()).toEqual(degraded('Its integration does not have the operation raise any more.'));
  await admin.graph.mutate(
    'mutation Delete($input: DeleteIntegrationInput!) { deleteIntegration(input: $input) { __typename } }',
    { input: { id: pager, force: true } },
  );
  expect(await standing()).toEqual(degraded('Its integration is gone.'));
});

describe('an integration is refused with the field that is wrong', () => {
  const DOCUMENT = `mutation Configure($input: ConfigureNotificationChannelInput!) {
    configureNotificationChannel(input: $input) { __typename ... on InvalidInputError { fields { path message } } }
  }`;
  const refusal = async (by: TestUser, channel: string, integration: object) => {
    const input = { channel, name: unique('refused'), integration };
    const result = await by.graph.mutate<{ __typename: string; fields?: { path: string; message: string }[] }>(
      DOCUMENT,
      {
        input,
      },
    );
    expect(result.__typename).toBe('InvalidInputError');
    return result.fields!;
  };
  const ID = 'integration.integrationId';
  let mails: string;
  let service: string;

  beforeAll(async () => {
    mails = await mailIntegration(admin.graph, { host: '127.0.0.1', port: 1 });
    service = await registerIntegration(admin.graph, {
      type: 'HTTP',
      configuration: { baseUrl: 'http://127.0.0.1:2' },
      operations: [
        {
          name: 'raise',
          method: 'POST',
          path: '/',
          inputSchema: { type: 'object', required: ['text', 'routing_key'], properties: { text: {}, routing_key: {} } },
        },
      ],
    });
  });

  test.each([
    ['it does not exist', 'EMAIL', () => ({ integrationId: 'nobody' }), ID, /that you may see/],
    ['its type is another', 'SLACK', () => ({ integrationId: mails, recipients: ['#a'] }), ID, /type SLACK, not EMAIL/],
    [
      'e-mail with names',
      'EMAIL',
      () => ({ integrationId: mails, recipients: ['a'] }),
      'integration.recipients',
      /left out/,
    ],
    [
      'no names',
      'WEBHOOK',
      () => ({ integrationId: service, operation: 'raise' }),
      'integration.recipients',
      /at least one/,
    ],
    [
      'no operation',
      'WEBHOOK',
      () => ({ integrationId: service, recipients: ['a'] }),
      'integration.operation',
      /raise/,
    ],
    [
      'an operation that needs more than a message has',
      'WEBHOOK',
      () => ({ integrationId: service, operation: 'raise', recipients: ['a'] }),
      'integration.operation',
      /not routing_key/,
    ],
    ['text messages', 'SMS', () => ({ integrationId: mails }), 'integration', /twilio/],
  ])('%s', async (_what, channel, integration, path, message) => {
    const fields = await refusal(admin, channel, integration());
    expect(fields.find((field) => field.path === path)?.message).toMatch(message);
  });

  test('whoever may configure channels cannot use integrations of others', async () => {
    const configures = await makeSender(product, ['notification:configure']);
    expect(await refusal(configures, 'EMAIL', { integrationId: mails })).toMatchObject([{ path: ID }]);
    const sees = await makeSender(product, ['notification:configure', 'integration:read-any']);
    const [problem] = await refusal(sees, 'EMAIL', { integrationId: mails });
    expect(problem).toMatchObject({ path: ID, message: expect.stringMatching(/that you may call/) });
  });
});
