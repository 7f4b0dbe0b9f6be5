import { once } from 'node:events';
import { connect } from 'node:net';
import { until } from '@flowmesh/platform/testing';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startToyGraph, type ToyGraph } from '../test-support/toy-graph.ts';

// Two operations at the same time, and nobody waits: what holds a place, and what does not.

let graph: ToyGraph;
let authorization: string;
beforeEach(async () => {
  graph = await startToyGraph({ limits: { operationsInFlight: 2, operationsWaiting: 0 } });
  authorization = `Bearer ${await graph.token()}`;
});
afterEach(() => graph.stop());

const TOO_MUCH = 'There is more to do than can be done at the moment. Try again.';

const ask = (query: string, accept = 'application/json') =>
  fetch(graph.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization },
    body: JSON.stringify({ query }),
  });

const isAnswered = async () => expect(await (await ask('{ hello }')).json()).toEqual({ data: { hello: 'world' } });

const overSocket = () =>
  createClient({ url: graph.url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { authorization } });

const valueOf = async (name: string) => (await graph.metrics.getSingleMetric(name)!.get()).values[0]?.value;

test('what is beyond is refused, by every transport, and counted; what was let in is answered', async () => {
  const held = [ask('{ held }'), ask('{ held }', 'text/event-stream')];
  await until('both are in work', () => graph.seen.held.length === 2);
  const refused = await ask('{ hello }');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.json()).toEqual({
    errors: [
      {
        message: TOO_MUCH,
        extensions: { code: 'UNAVAILABLE', retryAfter: 1, requestId: refused.headers.get('x-request-id') },
      },
    ],
  });
  const client = overSocket();
  const [error] = await new Promise<readonly { message: string }[]>((resolve, reject) => {
    client.subscribe({ query: '{ hello }' }, { next: reject, complete: reject, error: (told) => resolve(told as []) });
  });
  expect(error).toMatchObject({ message: TOO_MUCH, extensions: { code: 'UNAVAILABLE', retryAfter: 1 } });
  await client.dispose();
  expect(await valueOf('graphql_operations_in_flight')).toBe(2);
  expect(await valueOf('graphql_operations_refused_total')).toBe(2);
  for (const letGo of graph.seen.held) letGo();
  expect(await (await held[0])!.json()).toEqual({ data: { held: 'let go' } });
  expect(await (await held[1])!.text()).toContain('data: {"data":{"held":"let go"}}');
  await isAnswered();
  expect(await valueOf('graphql_operations_in_flight')).toBe(0);
});

test('a request that comes slowly holds none', async () => {
  const { hostname, port } = new URL(graph.url);
  const slow = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const socket = connect({ port: Number(port), host: hostname });
      await once(socket, 'connect');
      socket.write(
        'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{',
      );
      return socket;
    }),
  );
  for (let n = 0; n < 3; n++) await isAnswered();
  for (const socket of slow) socket.destroy();
});

test.each(['text/event-stream', 'multipart/mixed;subscriptionSpec="1.0"'])(
  'nor does a stream of %s',
  async (accept) => {
    const streams: Response[] = [];
    for (let count = 1; count <= 3; count++) streams.push(await ask('subscription { waiting { id } }', accept));
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
    await isAnswered();
    for (const { body } of streams) await body?.cancel();
  },
);

test('nor does one over a socket', async () => {
  const client = overSocket();
  for (let count = 1; count <= 3; count++) {
    client.subscribe(
      { query: 'subscription { waiting { id } }' },
      { next: () => 0, error: () => 0, complete: () => 0 },
    );
    await until('it is open', () => graph.seen.openStreams === count);
  }
  await isAnswered();
  await client.dispose();
});

test('one that was left is free again', async () => {
  const leave = new AbortController();
  const left = ['application/json', 'text/event-stream'].map((accept) =>
    fetch(graph.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, authorization },
      body: JSON.stringify({ query: '{ held }' }),
      signal: leave.signal,
    }).then((answer) => answer.text()),
  );
  await until('both are in work', () => graph.seen.held.length === 2);
  leave.abort();
  expect((await Promise.allSettled(left)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  // What had begun is finished: its place is free when it is.
  for (const letGo of graph.seen.held) letGo();
  await until('both are in work', () => graph.seen.held.length === 2);
  await isAnswered();
});
