import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { WebSocketServer } from 'ws';
import { ANONYMOUS, createViewerSigner, type Viewer } from '../access/index.ts';
import { createLogger } from '../logging/index.ts';
import { until } from '../testing/index.ts';
import { createRemoteSource, type RemoteSource, type RemoteSourceOptions } from './remote-source.ts';
import type { SubgraphSource } from './source.ts';
import { readWaits } from './waits.ts';

const signViewer = createViewerSigner('a secret that is long enough for tests');
const call = (viewer: Viewer = ANONYMOUS) => ({ viewer, requestId: 'request-0001' });
const asksToWait = readWaits(
  parse('type Mutation { run(input: RunInput!): Run! } input RunInput { wait: Boolean! = false @waits }'),
);
const QUERY = { query: '{ hello }' };
const MUTATION = { query: 'mutation { work }' };

type Handle = (request: IncomingMessage, response: ServerResponse, times: number) => void;

let stop: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of stop.reverse()) await each();
  stop = [];
});

async function serve(handle: Handle): Promise<{ server: Server; url: string; calls: () => number }> {
  let calls = 0;
  const server = createServer((request, response) => handle(request, response, ++calls));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stop.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls };
}

function sourceOf(url: string, options: Partial<RemoteSourceOptions> = {}): RemoteSource {
  const source = createRemoteSource({ name: 'agent', url, signViewer, asksToWait, idleCloseMs: 50, ...options });
  stop.push(() => source.close());
  return source;
}

const answer = (response: ServerResponse, body: unknown, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const unavailable = { extensions: { code: 'UNAVAILABLE' }, message: expect.stringContaining('The agent service') };

test('equal queries at the same time are sent once, and each caller has a result of its own', async () => {
  const { url, calls } = await serve((_request, response) =>
    setTimeout(() => answer(response, { data: { a: {} } }), 50),
  );
  const source = sourceOf(url);
  const [first, second] = await Promise.all([source.execute(QUERY, call()), source.execute(QUERY, call())]);
  expect([first, second, calls()]).toEqual([{ data: { a: {} } }, { data: { a: {} } }, 1]);
  expect(first.data?.a).not.toBe(second.data?.a);
});

test('queries of different viewers, and mutations, are never shared', async () => {
  const { url, calls } = await serve((_request, response) => setTimeout(() => answer(response, { data: {} }), 50));
  const source = sourceOf(url);
  const viewer = (userId: string): Viewer => ({ kind: 'service', service: 'test', userId, scopes: [] });
  await Promise.all([source.execute(QUERY, call(viewer('a'))), source.execute(QUERY, call(viewer('b')))]);
  expect(calls()).toBe(2);
  await Promise.all([source.execute(MUTATION, call()), source.execute(MUTATION, call())]);
  expect(calls()).toBe(4);
});

test('a query is repeated when its connection breaks; a mutation, which may have happened, is not', async () => {
  const { url, calls } = await serve((request, response, times) => {
    if (times === 1 || times === 3) request.socket.destroy();
    else answer(response, { data: { times } });
  });
  const source = sourceOf(url);
  expect(await source.execute(QUERY, call())).toEqual({ data: { times: 2 } });
  await expect(source.execute(MUTATION, call())).rejects.toMatchObject(unavailable);
  expect(calls()).toBe(3);
});

test('a subgraph that is late, away, or does not know our signature is UNAVAILABLE, and its words stay inside', async () => {
  const late = await serve(() => undefined);
  await expect(sourceOf(late.url, { queryTimeoutMs: 100 }).execute(QUERY, call())).rejects.toMatchObject(unavailable);
  await expect(sourceOf(late.url, { timeoutMs: 100 }).execute(MUTATION, call())).rejects.toMatchObject(unavailable);
  const strange = await serve((_request, response) => answer(response, { errors: [{ message: 'inside' }] }, 401));
  await expect(sourceOf(strange.url).execute(QUERY, call())).rejects.toMatchObject(unavailable);
  const broken = await serve((_request, response) => response.writeHead(502).end('<html>'));
  await expect(sourceOf(broken.url).execute(QUERY, call())).rejects.toMatchObject(unavailable);
  await expect(sourceOf('http://127.0.0.1:1').execute(MUTATION, call())).rejects.toMatchObject(unavailable);
});

const mutationOf = (input: string) => `mutation M($i: RunInput!) { run(input: ${input}) { done } }`;

test('what asks to wait is waited for, whether the text or the variables say so', async () => {
  const slow = await serve(
    (_request, response) => void setTimeout(() => answer(response, { data: { done: true } }), 400),
  );
  const source = sourceOf(slow.url, { timeoutMs: 100 });
  for (const request of [
    { query: mutationOf('{ wait: true }') },
    { query: mutationOf('{ wait: $w }'), variables: { w: true } },
    { query: mutationOf('$i'), variables: { i: { wait: true } } },
  ]) {
    expect(await source.execute(request, call())).toEqual({ data: { done: true } });
  }
  for (const wait of [false, undefined]) {
    const request = { query: mutationOf('$i'), variables: { i: { wait } } };
    await expect(source.execute(request, call())).rejects.toMatchObject(unavailable);
  }
});

/** A graphql-ws server by hand: `onSubscribe` is called with how to send, and the socket. */
async function serveStreams(onSubscribe: (send: (message: object) => void, socket: Socket, times: number) => unknown) {
  const { server, url } = await serve(() => undefined);
  const sockets = new WebSocketServer({ server, path: '/graphql', handleProtocols: () => 'graphql-transport-ws' });
  let times = 0;
  const completed: string[] = [];
  sockets.on('connection', (webSocket, request) => {
    webSocket.on('message', (text: Buffer) => {
      const message = JSON.parse(text.toString('utf8')) as { type: string; id: string };
      const send = (answered: object) => webSocket.send(JSON.stringify({ id: message.id, ...answered }));
      if (message.type === 'connection_init') webSocket.send('{"type":"connection_ack"}');
      if (message.type === 'subscribe') onSubscribe(send, request.socket, ++times);
      if (message.type === 'complete') completed.push(message.id);
    });
  });
  return { url, completed, subscribed: () => times };
}

const SUBSCRIPTION = { query: 'subscription { events { cursor } }' };
/** What a subgraph says first of a stream that it has accepted. */
const ACCEPTED = { type: 'next', payload: { data: null, extensions: { acknowledged: true } } };

async function streamOf(source: SubgraphSource) {
  const stream = await source.subscribe(SUBSCRIPTION, call());
  if (!(Symbol.asyncIterator in stream)) throw new Error('refused');
  return stream;
}

test('a stream that has not begun is opened again; one that has begun ends, because a gap would go unnoticed', async () => {
  const { url, subscribed } = await serveStreams((send, socket, times) => {
    if (times === 1) return socket.destroy();
    send(ACCEPTED);
    if (times === 2) return setTimeout(() => socket.destroy(), 20);
    send({ type: 'next', payload: { data: { events: { cursor: '1' } } } });
  });
  const stream = await streamOf(sourceOf(url));
  expect(subscribed()).toBe(2);
  expect(await stream.next()).toEqual({ value: { data: { events: { cursor: '1' } } }, done: false });
  expect(subscribed()).toBe(3);
});

test('a lost connection ends its streams with UNAVAILABLE', async () => {
  const { url, subscribed } = await serveStreams((send, socket) => {
    send(ACCEPTED);
    send({ type: 'next', payload: { data: { events: { cursor: '1' } } } });
    setTimeout(() => socket.destroy(), 20);
  });
  const stream = await streamOf(sourceOf(url));
  await stream.next();
  await expect(stream.next()).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
  expect(await stream.next()).toEqual({ value: undefined, done: true });
  expect(subscribed()).toBe(1);
});

test('a subgraph that neither begins a stream nor refuses it is UNAVAILABLE within the deadline', async () => {
  const unopened = await serve(() => undefined);
  unopened.server.on('upgrade', (_request, socket) => stop.push(async () => void socket.destroy()));
  await expect(streamOf(sourceOf(unopened.url, { queryTimeoutMs: 200 }))).rejects.toMatchObject(unavailable);

  const opened = await serveStreams((send, socket, times) => {
    send(ACCEPTED);
    if (times > 1) return;
    socket.pause();
    stop.push(async () => void socket.destroy());
  });
  const source = sourceOf(opened.url, { queryTimeoutMs: 200 });
  await streamOf(source);
  await expect(streamOf(source)).rejects.toMatchObject(unavailable);
});

test('a stream that has begun is waited for, however long it has nothing to tell', async () => {
  const { url } = await serveStreams((send) => {
    send(ACCEPTED);
    setTimeout(() => send({ type: 'next', payload: { data: { late: true } } }), 600);
  });
  const source = sourceOf(url, { queryTimeoutMs: 200 });
  const late = { value: { data: { late: true } }, done: false };
  // The first opens the connection, the second finds it open.
  expect(await (await streamOf(source)).next()).toEqual(late);
  expect(await (await streamOf(source)).next()).toEqual(late);
});

test.each([
  ['an error', { type: 'error', payload: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] }],
  ['a result', { type: 'next', payload: { errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] } }],
])('what a subgraph refuses, as %s, is refused before there is a stream', async (_name, message) => {
  const { url } = await serveStreams((send) => send(message));
  expect(await sourceOf(url).subscribe(SUBSCRIPTION, call())).toMatchObject({
    errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }],
  });
});

test('a stream that fails when it is begun again ends with what the subgraph says', async () => {
  const { url } = await serveStreams((send, socket, times) => {
    if (times > 1) return send({ type: 'error', payload: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] });
    send(ACCEPTED);
    setTimeout(() => socket.destroy(), 20);
  });
  const stream = await streamOf(sourceOf(url));
  expect((await stream.next()).value).toMatchObject({
    errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }],
  });
  expect((await stream.next()).done).toBe(true);
});

test.each(['', '/', '/behind/here', '/behind/here/'])(
  'the path of its address %j goes before every path',
  async (path) => {
    const { server, url } = await serve((request, response) => answer(response, { data: { path: request.url } }));
    const opened: (string | undefined)[] = [];
    const sockets = new WebSocketServer({ server, handleProtocols: () => 'graphql-transport-ws' });
    sockets.on('connection', (socket, request) => {
      opened.push(request.url);
      socket.close(4400);
    });
    const source = sourceOf(`${url}${path}`);
    const expected = `${path.replace(/\/$/, '')}/graphql`;
    expect(await source.execute(QUERY, call())).toEqual({ data: { path: expected } });
    await expect(streamOf(source)).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
    expect(new Set(opened)).toEqual(new Set([expected]));
  },
);

test('why it does not answer is in the log, with the request', async () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', name: 'test' }, { write: (line: string) => void lines.push(line) });
  const { url } = await serve((request) => request.socket.destroy());
  const source = sourceOf(url, { logger });
  await expect(source.execute(MUTATION, call())).rejects.toMatchObject(unavailable);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({
      level: 40,
      subgraph: 'agent',
      requestId: 'request-0001',
      err: expect.objectContaining({
        message: expect.stringMatching(/other side closed|ECONNRESET/) as unknown,
      }) as unknown,
    }),
  ]);
});

test.each([
  ['before its first message is asked for', 0],
  ['while its first message is awaited', 1],
  ['while another message is awaited', 2],
])('a stream that is left %s ends at the subgraph, and whoever waits is let go', async (_name, moment) => {
  const { url, completed, subscribed } = await serveStreams((send) => {
    send(ACCEPTED);
    if (moment === 2) send({ type: 'next', payload: { data: {} } });
  });
  const stream = await streamOf(sourceOf(url));
  if (moment === 2) await stream.next();
  const next = moment > 0 ? stream.next() : undefined;
  await stream.return?.();
  expect(await (next ?? stream.next())).toEqual({ value: undefined, done: true });
  while (completed.length < subscribed()) await new Promise((resolve) => setImmediate(resolve));
  expect(completed).toHaveLength(1);
});

describe('the circuit', () => {
  const times = async (count: number, work: () => Promise<unknown>) => {
    for (let n = 0; n < count; n++) await work().catch(() => undefined);
  };
  const isOpen = (source: RemoteSource) => source.calls.openSince !== null;

  test('calls that are late or refused open it, and then none is made until the subgraph shows that it is there', async () => {
    let alive = false;
    const stuck = await serve((request, response) => {
      if (alive) answer(response, request.url === '/health/live' ? {} : { data: { done: true } });
    });
    const source = sourceOf(stuck.url, { queryTimeoutMs: 50, timeoutMs: 50 });
    await times(4, () => source.execute(QUERY, call()));
    expect(isOpen(source)).toBe(false);
    await times(1, () => source.execute(MUTATION, call()));
    expect(isOpen(source)).toBe(true);
    await expect(streamOf(source)).rejects.toMatchObject(unavailable);
    await expect(source.execute(QUERY, call())).rejects.toMatchObject(unavailable);
    alive = true;
    await until('it is closed', () => !isOpen(source), { everyMs: 5 });
    expect(await source.execute(QUERY, call())).toEqual({ data: { done: true } });

    const away = sourceOf('http://127.0.0.1:1');
    await times(5, () => away.execute(MUTATION, call()));
    expect(isOpen(away)).toBe(true);
  });

  test('answers of every kind, callers that leave, and what was asked to wait say nothing against the subgraph', async () => {
    const refusing = await serve((_request, response) => answer(response, { errors: [{ message: 'no' }] }, 503));
    const unusable = await serve((_request, response) => response.writeHead(502).end('<html>'));
    for (const { url } of [refusing, unusable]) {
      const source = sourceOf(url);
      await times(6, () => source.execute(QUERY, call()));
      expect(isOpen(source)).toBe(false);
    }
    const silent = await serve(() => undefined);
    const source = sourceOf(silent.url, { queryTimeoutMs: 60_000, waitingTimeoutMs: 20 });
    await times(6, () => source.execute(QUERY, { ...call(), signal: AbortSignal.timeout(20) }));
    await times(6, () => source.execute({ query: mutationOf('{ wait: true }') }, call()));
    expect(isOpen(source)).toBe(false);
  });

  test('starts of streams of which nothing is heard open it', async () => {
    const unopened = await serve(() => undefined);
    unopened.server.on('upgrade', (_request, socket) => stop.push(async () => void socket.destroy()));
    const source = sourceOf(unopened.url, { queryTimeoutMs: 50 });
    await times(5, () => streamOf(source));
    expect(isOpen(source)).toBe(true);
  });
});
