import { newWebhookSecret } from '@flowmesh/platform/http';
import { startWebhookReceiver } from '../../testing/doubles/webhook-receiver.ts';
import { until } from '@flowmesh/platform/testing';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { look, send, sent } from '../../testing/operations.ts';

const ada = userOf('ada');
const bob = userOf('bob');
let tested: NotificationUnderTest;
let running: NotificationProcess;

beforeAll(async () => {
  tested = await prepareNotifications();
  running = await tested.process({ settings: { retryScheduleMs: [50, 50] } });
});

afterAll(() => tested?.stop());

interface Outcome {
  readonly __typename: string;
  readonly code?: string;
  readonly secret?: string;
  readonly fields?: readonly { readonly path: string }[];
  readonly endpoint?: { readonly id: string; readonly [field: string]: unknown };
}

const ENDPOINT = '{ id url description headerNames rotatingUntil disabledReason version }';

async function change(name: string, input: object, viewer = ada): Promise<Outcome> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const selection = {
    createWebhookEndpoint: `endpoint ${ENDPOINT} secret`,
    rotateWebhookSecret: `endpoint ${ENDPOINT} secret`,
    deleteWebhookEndpoint: 'endpointId',
  }[name];
  const invalid = /^(create|update|rotate)/.test(name) ? '... on InvalidInputError { fields { path } }' : '';
  const query = `mutation M($input: ${type}Input!) { result: ${name}(input: $input) {
    __typename ... on ${type}Success { ${selection ?? `endpoint ${ENDPOINT}`} } ... on MutationError { code } ${invalid}
  } }`;
  return (await running.ask<{ result: Outcome }>(viewer, query, { input })).result;
}

const list = async (viewer = ada, disabled: boolean | null = null) => {
  const query = `query L($disabled: Boolean) { webhookEndpoints(disabled: $disabled) { totalCount nodes ${ENDPOINT} } }`;
  const { webhookEndpoints } = await running.ask<{ webhookEndpoints: { totalCount: number; nodes: { id: string }[] } }>(
    viewer,
    query,
    { disabled },
  );
  return webhookEndpoints;
};

const ended = (id: string) =>
  until('the end', async () => {
    const found = await look(running, ada, id);
    return found?.completedAt ? found : null;
  });

test('an endpoint is signed with its own secret, with both while one replaces the other, and shows none', async () => {
  const [first, second] = [newWebhookSecret(), newWebhookSecret()];
  const [old, fresh] = await Promise.all([startWebhookReceiver(first), startWebhookReceiver(second)]);
  try {
    const headers = { 'X-Team': 'payments' };
    const created = await change('createWebhookEndpoint', {
      url: old.url,
      description: 'Mine',
      headers,
      secret: first,
    });
    expect(created).toEqual({
      __typename: 'CreateWebhookEndpointSuccess',
      secret: first,
      endpoint: {
        id: expect.any(String),
        url: `${old.url}/`,
        description: 'Mine',
        headerNames: ['x-team'],
        rotatingUntil: null,
        disabledReason: null,
        version: 1,
      },
    });
    const other = await change('createWebhookEndpoint', { url: fresh.url, secret: first });
    const id = await sent(running, ada, { recipient: old.url });
    expect(await ended(id)).toMatchObject({ status: 'DELIVERED', recipient: `${old.url}/` });
    expect(old.received.map((webhook) => webhook.id)).toEqual([id]);
    expect(old.calls.at(-1)?.headers['x-team']).toBe('payments');

    const rotate = { id: other.endpoint!.id, secret: second };
    const rotated = await change('rotateWebhookSecret', rotate);
    expect(rotated).toMatchObject({ secret: second, endpoint: { version: 2, rotatingUntil: expect.any(Date) } });
    const again = await sent(running, ada, { recipient: fresh.url });
    expect(await ended(again)).toMatchObject({ status: 'DELIVERED' });
    expect(String(fresh.calls.at(-1)?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    const final = await change('rotateWebhookSecret', { id: other.endpoint!.id, overlapSeconds: 0 });
    expect(final.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(final.endpoint).toMatchObject({ rotatingUntil: null });

    const { rows } = await tested.pool.query('select * from webhook_endpoints');
    for (const secret of [first, second, 'payments'])
      expect(JSON.stringify([rows, await list()])).not.toContain(secret);
  } finally {
    await Promise.all([old.stop(), fresh.stop()]);
  }
});

test('an endpoint that answers 410 is disabled, listed as such, and enabled again by its user', async () => {
  const secret = newWebhookSecret();
  const receiver = await startWebhookReceiver(secret);
  try {
    const { endpoint } = await change('createWebhookEndpoint', { url: receiver.url, secret });
    receiver.answerNext({ status: 410, body: 'gone' });
    const id = await sent(running, ada, { recipient: receiver.url });
    expect(await ended(id)).toMatchObject({ status: 'FAILED', attempts: 1, error: { code: 'GONE' } });
    expect((await list(ada, true)).nodes).toEqual([{ ...endpoint, disabledReason: 'The receiver answered 410: gone' }]);
    expect((await list(ada, false)).nodes.map((node) => node.id)).not.toContain(endpoint!.id);
    expect(await send(running, ada, { recipient: receiver.url })).toMatchObject({
      code: 'NOTIFICATION_RECIPIENT_DISABLED',
    });
    expect(receiver.calls).toHaveLength(1);
    expect(await change('enableWebhookEndpoint', { id: endpoint!.id }, bob)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await change('enableWebhookEndpoint', { id: endpoint!.id })).toMatchObject({
      endpoint: { disabledReason: null },
    });
    expect(await ended(await sent(running, ada, { recipient: receiver.url }))).toMatchObject({ status: 'DELIVERED' });
  } finally {
    await receiver.stop();
  }
});

test('endpoints are their user’s alone, one for each address, however many ask at the same time', async () => {
  const url = 'https://hooks.example.com/own';
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => change('createWebhookEndpoint', { url })));
  expect(outcomes.map(({ __typename }) => __typename).sort()).toEqual([
    'CreateWebhookEndpointSuccess',
    ...Array.from({ length: 3 }, () => 'WebhookEndpointTakenError'),
  ]);
  const id = outcomes.find(({ endpoint }) => endpoint)!.endpoint!.id;
  expect((await list(bob)).nodes).toEqual([]);
  for (const name of ['updateWebhookEndpoint', 'rotateWebhookSecret', 'deleteWebhookEndpoint']) {
    expect(await change(name, { id }, bob)).toMatchObject({ code: 'NOT_FOUND' });
  }
  expect((await change('updateWebhookEndpoint', { id, description: 'Ours' })).endpoint).toMatchObject({
    description: 'Ours',
    version: 2,
  });
  expect(await change('deleteWebhookEndpoint', { id })).toMatchObject({ __typename: 'DeleteWebhookEndpointSuccess' });
  expect(await change('deleteWebhookEndpoint', { id })).toMatchObject({ code: 'NOT_FOUND' });
});

test.each([
  [{ url: 'nonsense' }, ['url']],
  [{ url: 'http://169.254.169.254/' }, ['url']],
  [{ url: 'https://example.com', secret: 'short', description: 'a\nb' }, ['description', 'secret']],
  [{ url: 'https://example.com', headers: { 'webhook-id': '1' } }, ['headers.webhook-id']],
  [{ url: 'https://example.com', headers: { a: 'b\r\nc: d' } }, ['headers.a']],
])('refused: %j', async (input, paths) => {
  const before = (await list()).totalCount;
  const outcome = await change('createWebhookEndpoint', input);
  expect(outcome.fields?.map(({ path }) => path)).toEqual(paths);
  expect((await list()).totalCount).toBe(before);
});
