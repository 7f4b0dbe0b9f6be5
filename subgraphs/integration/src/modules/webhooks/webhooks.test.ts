import { NO_CLIENT } from '@flowmesh/platform/access';
import { createHash, createHmac } from 'node:crypto';
import { webhookHeaders } from '@flowmesh/platform/http';
import { createHttpServer } from '@flowmesh/platform/server';
import { readOutbox, silent, subgraphUnderTest, type SubgraphProcess } from '@flowmesh/platform/subgraph-testing';
import type { FastifyInstance } from 'fastify';
import { createSubgraph } from '../../subgraph.ts';
import { userOf } from '../../testing/integration-under-test.ts';
import { registered } from '../../testing/operations.ts';

const owner = userOf('owner');
const SECRET = 'the-secret-of-the-service';
const PUBLIC_URL = 'https://flowmesh.test';
let tested: Awaited<ReturnType<typeof subgraphUnderTest>>;
let one: SubgraphProcess;
let server: FastifyInstance;
let url: string;

beforeAll(async () => {
  tested = await subgraphUnderTest('integration', { env: { PUBLIC_URL } });
  one = await tested.process(async (platform) => {
    const subgraph = createSubgraph(platform, { api: true, worker: false });
    server = createHttpServer({ logger: silent, metrics: platform.metrics });
    subgraph.registerRoutes?.(server, () => NO_CLIENT);
    url = await server.listen({ host: '127.0.0.1', port: 0 });
    return subgraph;
  });
}, 60_000);
afterAll(async () => {
  await server.close();
  await tested.stop();
}, 30_000);

interface Configured {
  readonly __typename: string;
  readonly endpoint?: { readonly url: string };
  readonly fields?: readonly { readonly path: string }[];
}
const configure = (input: object, viewer = owner) =>
  one.mutate<Configured>(
    viewer,
    'configureInboundWebhooks',
    input,
    `... on ConfigureInboundWebhooksSuccess { endpoint { url scheme header prefix encoding } }
     ... on InvalidInputError { fields { path message } }`,
  );
const integration = () => registered(one, owner, { configuration: { baseUrl: 'https://example.org' } });

/** An integration that takes reports of this scheme, and how to report to it. */
async function endpoint(scheme: string, more: object = {}) {
  const id = await integration();
  const { endpoint: made } = await configure({ id, scheme, secret: SECRET, ...more });
  expect(made?.url).toBe(`${PUBLIC_URL}/services/integration/webhooks/${id}`);
  const post = async (body: string | Buffer, headers: Record<string, string>) => {
    const target = `${url}/services/integration/webhooks/${id}`;
    return (await fetch(target, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers })).status;
  };
  return { id, post };
}

const hmac = (text: string, encoding: 'hex' | 'base64' = 'hex', secret = SECRET) =>
  createHmac('sha256', secret).update(text).digest(encoding);
const stripe = (body: string, seconds = Math.floor(Date.now() / 1000), secret = SECRET) => ({
  'content-type': 'application/json',
  'stripe-signature': `t=${seconds},v0=x,v1=${hmac(`${seconds}.other`)},v1=${hmac(`${seconds}.${body}`, 'hex', secret)}`,
});

const LIST = `query L($filter: InboundWebhookFilter) { inboundWebhooks(filter: $filter) {
  totalCount nodes { id deliveryId type contentType body replays integration { id } } } }`;
interface Listed {
  readonly inboundWebhooks: { readonly totalCount: number; readonly nodes: readonly { readonly id: string }[] };
}
const listed = async (integrationId: string, viewer = owner) =>
  (await one.ask<Listed>(viewer, LIST, { filter: { integrationId } })).inboundWebhooks;

test('a signed report is stored once, published, listed and published again', async () => {
  const { id, post } = await endpoint('STRIPE');
  const body = '{"id": "evt_1",  "type": "invoice.paid", "data": "é"}';
  expect([await post(body, stripe(body)), await post(body, stripe(body))]).toEqual([204, 204]);
  const { nodes, totalCount } = await listed(id);
  const report = { deliveryId: 'evt_1', type: 'invoice.paid', contentType: 'application/json', body, replays: 0 };
  expect([totalCount, nodes]).toEqual([1, [{ id: expect.any(String), ...report, integration: { id } }]]);
  const replay = (viewer = owner) =>
    one.mutate<{ code?: string }>(
      viewer,
      'replayInboundWebhook',
      { id: nodes[0]?.id },
      '... on ReplayInboundWebhookSuccess { webhook { replays replayedAt } }',
    );
  expect(await replay()).toMatchObject({ webhook: { replays: 1, replayedAt: expect.any(Date) } });
  expect(await replay(userOf('stranger'))).toMatchObject({ code: 'NOT_FOUND' });
  const payload = { integrationId: id, webhookId: nodes[0]?.id, deliveryId: 'evt_1', type: 'invoice.paid' };
  expect(await readOutbox(tested.pool, `integration:${id}`, 'integration.webhook.received')).toEqual([
    { type: 'integration.webhook.received', payload: { ...payload, replay: 0 } },
    { type: 'integration.webhook.received', payload: { ...payload, replay: 1 } },
  ]);
  expect(await listed(id, userOf('stranger'))).toEqual({ totalCount: 0, nodes: [] });
  const single = 'query Q($id: ID!) { inboundWebhook(id: $id) { type } }';
  expect(await one.ask(owner, single, { id: nodes[0]?.id })).toEqual({ inboundWebhook: { type: 'invoice.paid' } });
  expect(await one.ask(userOf('stranger'), single, { id: nodes[0]?.id })).toEqual({ inboundWebhook: null });
});

test('what Stripe did not sign, or signed long ago, is not believed', async () => {
  const { id, post } = await endpoint('STRIPE');
  const body = '{"id":"evt_2"}';
  const now = Math.floor(Date.now() / 1000);
  const statuses = [
    await post(body, {}),
    await post(body, stripe(body, now, 'another secret')),
    await post(`${body} `, stripe(body)),
    await post(body, stripe(body, now - 310)),
    await post(body, stripe(body, now + 310)),
    await post(body, { 'stripe-signature': `t=,v1=${hmac(`.${body}`)}` }),
    await post(body, { 'stripe-signature': `t=${now},v1=` }),
  ];
  expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 401]);
  expect((await listed(id)).totalCount).toBe(0);
});

test('GitHub: a report is the same under another id of delivery, as that is not signed', async () => {
  const { id, post } = await endpoint('GITHUB');
  const headers = (body: string, delivery: string) => ({
    'x-hub-signature-256': `sha256=${hmac(body)}`,
    'x-github-delivery': delivery,
    'x-github-event': 'push',
  });
  expect(await post('{"ref":1}', headers('{"ref":1}', 'one'))).toBe(204);
  expect(await post('{"ref":1}', headers('{"ref":1}', 'two'))).toBe(204);
  expect(await post('{"ref":2}', headers('{"ref":1}', 'three'))).toBe(401);
  expect(await post('{"ref":2}', { 'x-hub-signature': `sha1=${hmac('{"ref":2}')}` })).toBe(401);
  expect(await listed(id)).toMatchObject({ totalCount: 1, nodes: [{ type: 'push', body: '{"ref":1}' }] });
});

test('Standard Webhooks, and signatures of a service’s own', async () => {
  const standard = await endpoint('STANDARD');
  const body = '{"type":"user.created"}';
  expect(await standard.post(body, webhookHeaders(SECRET, 'msg_1', body))).toBe(204);
  expect(await standard.post(body, webhookHeaders(SECRET, 'msg_1', body))).toBe(204);
  expect(await standard.post(body, webhookHeaders(SECRET, 'msg_2', body, new Date(Date.now() - 310_000)))).toBe(401);
  expect(await standard.post(body, webhookHeaders('another secret, long', 'msg_3', body))).toBe(401);
  expect(await listed(standard.id)).toMatchObject({
    totalCount: 1,
    nodes: [{ deliveryId: 'msg_1', type: 'user.created' }],
  });
  const generic = await endpoint('GENERIC', { header: 'X-Sig', prefix: 'v=', encoding: 'BASE64' });
  expect(await generic.post('a=b', { 'x-sig': `v=${hmac('a=b', 'base64')}` })).toBe(204);
  expect(await generic.post('a=b', { 'x-sig': hmac('a=b', 'base64') })).toBe(401);
  expect(await listed(generic.id)).toMatchObject({ totalCount: 1, nodes: [{ body: 'a=b', type: null }] });
});

test('what cannot be stored, is too large, or is expected nowhere is refused', async () => {
  const { id, post } = await endpoint('GITHUB');
  const signed = (body: string) => ({ 'x-hub-signature-256': `sha256=${hmac(body)}` });
  expect(await post('a\0b', signed('a\0b'))).toBe(400);
  const large = 'x'.repeat(256 * 1024 + 1);
  expect(await post(large, signed(large))).toBe(413);
  await one.mutate(owner, 'updateIntegration', { id, status: 'INACTIVE' }, '');
  expect(await post('{}', signed('{}'))).toBe(404);
  await one.mutate(owner, 'updateIntegration', { id, status: 'ACTIVE' }, '');
  await one.mutate(owner, 'stopInboundWebhooks', { id }, '');
  expect(await post('{}', signed('{}'))).toBe(404);
  const shown = 'query Q($id: ID!) { integration(id: $id) { webhookEndpoint { url } } }';
  expect(await one.ask(owner, shown, { id })).toEqual({ integration: { webhookEndpoint: null } });
});

test('bodies are stored byte for byte, or refused: other encodings of text, and content encodings', async () => {
  const { id, post } = await endpoint('GENERIC');
  const signed = (body: string | Buffer) => ({
    'x-signature': createHmac('sha256', SECRET).update(body).digest('hex'),
  });
  const sent = async (body: string | Buffer, more: Record<string, string> = {}) =>
    post(body, { ...signed(body), ...more });
  expect(await sent(Buffer.from('fffe80', 'hex'))).toBe(400);
  expect(await sent(Buffer.from('{"a":"é"}', 'latin1'))).toBe(400);
  for (const encoding of ['gzip', 'GZIP', 'identity, br']) {
    expect(await sent('{}', { 'content-encoding': encoding })).toBe(415);
  }
  expect((await listed(id)).totalCount).toBe(0);
  const marked = '\ufeff{"type":"é"}';
  expect(await sent(marked, { 'content-encoding': 'identity' })).toBe(204);
  expect((await listed(id)).nodes).toMatchObject([{ body: marked }]);
});

test('names that cannot be stored are left out, and ids that are too long are replaced by their digest', async () => {
  const { id, post } = await endpoint('STRIPE');
  const long = 'x'.repeat(10_000);
  for (const body of [
    `{"id":"one","type":"${long}"}`,
    '{"id":"two","type":"a\\u0000"}',
    `{"id":"${long}","type":"a"}`,
  ]) {
    expect([await post(body, stripe(body)), await post(body, stripe(body))]).toEqual([204, 204]);
  }
  const digest = createHash('sha256').update(long).digest('base64url');
  expect(await listed(id)).toMatchObject({
    totalCount: 3,
    nodes: [
      { deliveryId: digest, type: 'a' },
      { deliveryId: 'two', type: null },
      { deliveryId: 'one', type: null },
    ],
  });
});

test('a secret is kept, sealed, while the scheme stays; settings that do not fit are told', async () => {
  const { id } = await endpoint('GITHUB');
  const { rows } = await tested.pool.query<{ text: string }>(
    'select e::text as text from webhook_endpoints e where integration_id = $1',
    [id],
  );
  expect(rows[0]?.text).not.toContain(SECRET);
  expect(await configure({ id, scheme: 'GITHUB' })).toMatchObject({ endpoint: { scheme: 'GITHUB', header: null } });
  const paths = async (input: object) => (await configure({ id, ...input })).fields?.map(({ path }) => path);
  expect(await paths({ scheme: 'GENERIC' })).toEqual(['secret']);
  expect(await paths({ scheme: 'STRIPE', secret: 'short', header: 'x', encoding: 'HEX' })).toEqual([
    'secret',
    'header',
    'encoding',
  ]);
  expect(await paths({ scheme: 'STANDARD', secret: 'whsec_short' })).toEqual(['secret']);
  expect(await configure({ id, scheme: 'GITHUB' }, userOf('stranger'))).toMatchObject({ code: 'NOT_FOUND' });
});
