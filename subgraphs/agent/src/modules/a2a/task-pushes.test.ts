import { jest } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NO_CLIENT } from '@flowmesh/platform/access';
import { createHttpServer } from '@flowmesh/platform/server';
import { silent, subgraphUnderTest, type SubgraphProcess } from '@flowmesh/platform/subgraph-testing';
import { until } from '@flowmesh/platform/testing';
import type { FastifyInstance } from 'fastify';
import { createSubgraph } from '../../subgraph.ts';
import { A2aPeer } from '../../testing/a2a-peer.ts';
import { TaskPushStore } from './task-push-store.ts';
import { TaskPushes } from './task-pushes.ts';
import { userOf } from '../../testing/agent-under-test.ts';
import { executed, registered, shown, stop } from '../../testing/operations.ts';

const owner = userOf('owner');
let tested: Awaited<ReturnType<typeof subgraphUnderTest>>;
let one: SubgraphProcess;
let server: FastifyInstance;
/** The public address of the product, which is known before its routes are. */
let front: Server;
let publicUrl: string;
let peer: A2aPeer;
/** What the peer was answered, and the tests. */
const answered: number[] = [];

beforeAll(async () => {
  // The SDK of the peer writes a line for each push.
  jest.spyOn(console, 'info').mockImplementation(() => undefined);
  front = createServer((request, response) => {
    response.once('finish', () => answered.push(response.statusCode));
    server.routing(request, response);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  publicUrl = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  tested = await subgraphUnderTest('agent', { env: { ALLOW_PRIVATE_ADDRESSES: '127.0.0.1', PUBLIC_URL: publicUrl } });
  one = await tested.process(async (platform) => {
    const subgraph = createSubgraph(platform, { api: true, worker: true });
    server = createHttpServer({ logger: silent, metrics: platform.metrics });
    subgraph.registerRoutes?.(server, () => NO_CLIENT);
    await server.ready();
    return subgraph;
  });
  peer = await A2aPeer.start({ streaming: false, pushNotifications: true });
}, 60_000);
afterAll(async () => {
  await tested.stop();
  await peer.stop();
  await new Promise((resolve) => {
    front.close(resolve);
    front.closeAllConnections();
  });
  await server.close();
}, 30_000);

const begin = async (of: A2aPeer) => {
  const agentId = await registered(one, owner, { kind: 'A2A', a2a: { cardUrl: of.cardUrl } });
  return (await executed(one, owner, agentId, { input: 'wait' })).id;
};
const status = async (id: string) => (await shown(one, owner, id))?.status;
const post = async (id: string, token: string | null, body = '{}') => {
  const headers = { 'content-type': 'application/json', ...(token !== null && { 'x-a2a-notification-token': token }) };
  const response = await fetch(`${publicUrl}/services/agent/tasks/${id}`, { method: 'POST', headers, body });
  return { status: response.status, body: await response.text() };
};
/** All that its agent has told of was looked at, so that it is next asked after a minute, unless it tells more. */
const isQuiet = (id: string) =>
  until('what was told is looked at', async () => {
    const { rows } = await tested.pool.query(
      'select 1 from agent_remote_tasks where execution_id = $1 and task_id is not null and pushed_at is null',
      [id],
    );
    return answered.includes(204) && rows.length === 1;
  });

test('an agent that tells of its tasks is asked when it does; its token is stored as a hash alone', async () => {
  answered.length = 0;
  const id = await begin(peer);
  await isQuiet(id);
  peer.goOn();
  await until('it has ended', async () => (await status(id)) === 'COMPLETED');
  expect(await shown(one, owner, id)).toMatchObject({ attempts: 1, output: { text: 'wait' } });
  expect(new Set(answered)).toEqual(new Set([204]));
  const token = peer.tokens.at(-1)!;
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  const { rows } = await tested.pool.query<{ row: string; hash: Buffer }>(
    'select t::text as row, push_hash as hash from agent_remote_tasks t where execution_id = $1',
    [id],
  );
  expect([rows[0]?.hash.length, rows[0]?.row.includes(token)]).toEqual([32, false]);
  // Late, and twice: nothing happens.
  expect([(await post(id, token)).status, (await post(id, token)).status]).toEqual([204, 204]);
  expect(await status(id)).toBe('COMPLETED');
}, 30_000);

test('who waits is woken by what is told meanwhile or was told before, and by nothing else', async () => {
  // Followed by its stream, so that nobody else waits.
  const streaming = await A2aPeer.start();
  const pushes = new TaskPushes({ store: new TaskPushStore(tested.pool), publicUrl, logger: silent });
  try {
    const id = await begin(streaming);
    await until('it is followed', async () => (await shown(one, owner, id))?.outputText === 'I wait. ');
    const { token, url } = (await pushes.expect(id, 1))!;
    expect(url).toBe(`${publicUrl}/services/agent/tasks/${id}`);
    const { signal } = new AbortController();
    expect(await pushes.wait(id, 10, signal)).toBe(false);
    const meanwhile = pushes.wait(id, 60_000, signal);
    expect((await post(id, token)).status).toBe(204);
    expect(await meanwhile).toBe(true);
    expect([(await post(id, token)).status, (await post(id, token)).status]).toEqual([204, 204]);
    expect(await pushes.wait(id, 60_000, signal)).toBe(true);
    expect(await pushes.wait(id, 1_500, signal)).toBe(false);
    await expect(pushes.wait(id, 60_000, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    // Another task of the same execution has another token.
    await pushes.expect(id, 1);
    expect((await post(id, token)).status).toBe(404);
    await stop(one, owner, { id });
  } finally {
    await pushes.stop();
    await streaming.stop();
  }
}, 30_000);

test('what is told is not believed; who does not know the token learns nothing', async () => {
  answered.length = 0;
  const id = await begin(peer);
  await isQuiet(id);
  const token = peer.tokens.at(-1)!;
  const other = await begin(peer);
  await isQuiet(other);
  const refused = (await post('no-such-execution', token)).body;
  for (const [of, by] of [
    [id, null],
    [id, ''],
    [id, `${token}x`],
    [other, token],
    ['no-such-execution', token],
    ['%00', token],
  ] as const) {
    const { status: code, body } = await post(of, by);
    expect([of, code, body.replace(/"requestId":"[^"]*"/, '')]).toEqual([
      ...[of, 404, refused.replace(/"requestId":"[^"]*"/, '')],
    ]);
  }
  expect((await post(id, token, 'x'.repeat(1024 * 1024 + 1))).status).toBe(413);
  expect((await fetch(`${publicUrl}/services/agent/tasks/${id}`)).status).toBe(404);

  const asked = () => peer.methods.filter((method) => method === 'GetTask').length;
  const before = asked();
  const lie = JSON.stringify({ statusUpdate: { taskId: id, status: { state: 'TASK_STATE_COMPLETED' } } });
  expect((await post(id, token, lie)).status).toBe(204);
  await until('the agent is asked', () => asked() > before);
  expect(await status(id)).toBe('RUNNING');
  for (const each of [id, other]) await stop(one, owner, { id: each });
}, 30_000);

test('a stream that tells nothing is not held', async () => {
  const streaming = await A2aPeer.start({ pushNotifications: true });
  try {
    answered.length = 0;
    const id = await begin(streaming);
    await until('the stream is left', () => streaming.methods.includes('GetTask'), { timeoutMs: 30_000 });
    streaming.goOn();
    await until('it has ended', async () => (await status(id)) === 'COMPLETED');
    expect(await shown(one, owner, id)).toMatchObject({ attempts: 1, output: { text: 'wait' } });
    expect(streaming.messages).toEqual([id]);
  } finally {
    await streaming.stop();
  }
}, 60_000);
