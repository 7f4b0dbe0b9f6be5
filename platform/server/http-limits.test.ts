import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { WebSocket, WebSocketServer } from 'ws';
import { Lifecycle } from '../lifecycle/index.ts';
import { createLogger } from '../logging/index.ts';
import { createHttpServer, listen } from './http-server.ts';
import { serveUpgrades } from './upgrades.ts';

const lines: string[] = [];
const logger = createLogger({ level: 'info', name: 'test' }, { write: (line: string) => void lines.push(line) });
const REQUEST_TIMEOUT_MS = 600;

let server: FastifyInstance;
let lifecycle: Lifecycle;
let metrics: Registry;
let port: number;
let stopping = false;
let lateStreams = 0;
let inWork = 0;
let mostInWork = 0;

beforeAll(async () => {
  lifecycle = new Lifecycle(logger);
  metrics = new Registry();
  server = createHttpServer({ logger, metrics, bodyLimit: 1_000, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  server.post('/echo', async ({ body }) => body);
  server.get('/turn/:number', async ({ params }) => {
    mostInWork = Math.max(mostInWork, ++inWork);
    await new Promise((resolve) => setImmediate(resolve));
    inWork--;
    return params;
  });
  server.get('/files/:name', async ({ params }) => params);
  server.post('/late', async (_request, reply) => {
    await once(reply.raw, 'close');
    return reply.send(new Readable({ read: () => undefined }).once('close', () => (lateStreams += 1)));
  });
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', (socket) => socket.on('error', () => undefined));
  serveUpgrades(server, [{ path: '/graphql', sockets }], {
    get isStopping() {
      return stopping;
    },
  });
  port = await listen(server, { host: '127.0.0.1', port: 0 }, lifecycle);
});
afterAll(() => lifecycle.stop());

/** Everything the server says until it closes the connection. */
function exchange(bytes: string, then?: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.write(bytes, 'latin1');
      then?.(socket);
    });
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => (answer += text));
    socket.on('close', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
  });
}

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function read(answer: string): Answer {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const requestId = /^x-request-id: (.+)$/im.exec(head)?.[1];
  const { errors } = JSON.parse(body) as { errors: { message: string; extensions: Record<string, string> }[] };
  expect(errors).toHaveLength(1);
  expect(errors[0]!.extensions.requestId).toBe(requestId);
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
    code: errors[0]!.extensions.code!,
    message: errors[0]!.message,
  };
}

const HANDSHAKE =
  'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

describe('upgrades', () => {
  it.each([
    ['//', 400, 'BAD_USER_INPUT', 'The target of the request is not a path.'],
    ['//[', 400, 'BAD_USER_INPUT', 'The target of the request is not a path.'],
    ['//[::1', 400, 'BAD_USER_INPUT', 'The target of the request is not a path.'],
    ['http://[/graphql', 400, 'BAD_USER_INPUT', 'The target of the request is not a path.'],
    ['*', 400, 'BAD_USER_INPUT', 'The target of the request is not a path.'],
    ['/graphql/', 404, 'NOT_FOUND', 'No WebSockets are at /graphql/.'],
    ['/%', 404, 'NOT_FOUND', 'No WebSockets are at /%.'],
    ['//x/graphql', 404, 'NOT_FOUND', 'No WebSockets are at //x/graphql.'],
  ])('of %s are answered %i', async (target, status, code, message) => {
    expect(read(await exchange(`GET ${target} HTTP/1.1\r\n${HANDSHAKE}\r\n`))).toEqual({ status, code, message });
  });

  it.each([
    ['a POST', `POST /graphql HTTP/1.1\r\n${HANDSHAKE}\r\n`],
    ['no key', `GET /graphql HTTP/1.1\r\n${HANDSHAKE.replace(/Sec-WebSocket-Key.*\r\n/, '')}\r\n`],
    ['another version', `GET /graphql HTTP/1.1\r\n${HANDSHAKE.replace('13', '99')}\r\n`],
    ['a bad list of protocols', `GET /graphql HTTP/1.1\r\n${HANDSHAKE}Sec-WebSocket-Protocol: ,,\r\n\r\n`],
  ])('that are no handshake are refused: %s', async (_name, bytes) => {
    const { status, code, message } = read(await exchange(bytes));
    expect([status, code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(message).toMatch(/^This is no WebSocket handshake of version 13: /);
  });

  it('to a protocol that is not spoken are not taken up: what was asked is answered', async () => {
    const body = '{"a":"ü"}';
    const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const post = (more: string, sent: string) =>
      `POST /echo HTTP/1.1\r\nHost: x\r\n${offer}Content-Type: application/json\r\n${more}\r\n${sent}`;
    const whole = post(`Content-Length: ${Buffer.byteLength(body)}\r\n`, Buffer.from(body).toString('latin1'));
    const next = 'GET /files/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    for (const [first, cut] of [
      [whole, whole.length],
      [whole, whole.length - 4],
      [post('Transfer-Encoding: chunked\r\n', '9\r\n{"a":"bc"\r\n1\r\n}\r\n0\r\n\r\n'), 200],
    ] as const) {
      // The rest of it comes later, and another request over the same connection.
      const answer = await exchange(first.slice(0, cut), (socket) => {
        setTimeout(() => socket.write(first.slice(cut) + next, 'latin1'), 20);
      });
      expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
      expect(answer).toContain(first === whole ? body : '{"a":"bc"}');
      expect(answer).toContain('{"name":"next"}');
    }
    // The same for offers without an end.
    expect(
      (
        await exchange(
          `GET /files/a HTTP/1.1\r\nHost: x\r\n${offer}\r\nGET /files/b HTTP/1.1\r\nHost: x\r\n${offer}Connection: close\r\n\r\n`,
        )
      ).match(/"name":"."/g),
    ).toEqual(['"name":"a"', '"name":"b"']);
  });

  it('sent together with another request wait for its answer', async () => {
    const first = 'GET /turn/1 HTTP/1.1\r\nHost: x\r\n\r\n';
    const order = (answer: string) => answer.match(/HTTP\/1\.1 \d+/g);
    const opened = await exchange(
      `${first}GET /graphql HTTP/1.1\r\n${HANDSHAKE}\r\n\u0088\u0080\u0000\u0000\u0000\u0000`,
    );
    expect(order(opened)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 101']);
    const refused = await exchange(`${first}GET /graphql HTTP/1.1\r\n${HANDSHAKE.replace('13', '99')}\r\n`);
    expect(order(refused)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('are refused while the process stops', async () => {
    stopping = true;
    const answer = await exchange(`GET /graphql HTTP/1.1\r\n${HANDSHAKE}\r\n`);
    stopping = false;
    expect(read(answer)).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(answer).toContain('retry-after: 1\r\n');
  });

  it('may be broken off at any moment', async () => {
    for (const target of ['/graphql', '/other', '//']) {
      const bytes = `GET ${target} HTTP/1.1\r\n${HANDSHAKE}\r\n`;
      await exchange(bytes, (socket) => socket.resetAndDestroy());
      await exchange(bytes, (socket) => socket.destroy());
      await exchange(bytes, (socket) => socket.end());
      await exchange(bytes, (socket) => socket.once('data', () => socket.resetAndDestroy()));
      await exchange(`${bytes}\u00ff\u00ff\u00ff not a frame`);
    }
    expect((await fetch(`http://127.0.0.1:${port}/nothing`)).status).toBe(404);
  });

  it('lead to a socket when they are right', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql?x=1`);
    await new Promise((resolve) => socket.once('open', resolve));
    socket.terminate();
  });
});

describe('a request that does not arrive', () => {
  const POST = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  it.each([
    ['its first line', 'GET /ech', undefined],
    ['its headers', 'GET /echo HTTP/1.1\r\nHost: x\r\n', undefined],
    ['a body that stalls', `${POST}Content-Length: 100\r\n\r\n{`, undefined],
    ['chunks that stall', `${POST}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`, undefined],
    [
      'a body that drips',
      `${POST}Content-Length: 500\r\n\r\n{`,
      (socket: Socket) => {
        const drip = setInterval(() => socket.write(' '), 20);
        socket.once('close', () => clearInterval(drip));
      },
    ],
  ])('is answered 408: %s', async (_name, bytes, then) => {
    const begun = performance.now();
    const answer = read(await exchange(bytes, then));
    expect(answer).toEqual({ status: 408, code: 'TIMEOUT', message: 'The request did not arrive within 0.6 s.' });
    expect(performance.now() - begun).toBeLessThan(20 * REQUEST_TIMEOUT_MS);
  });

  it('is counted', async () => {
    expect(await metrics.getSingleMetricAsString('http_refused_requests_total')).toContain('{status="408"} 5');
  });
});

describe('what is no request', () => {
  it.each([
    ['noise', 'GARB AGE\u0000\r\n\r\n', 400],
    ['two lengths', 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}', 400],
    ['large headers', `GET /turn/2 HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
  ])('and came together with one is answered behind it: %s', async (_name, bytes, status) => {
    const whole =
      'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}';
    const answer = await exchange(whole + bytes);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', `HTTP/1.1 ${status}`]);
    expect(answer).toContain('{"a":1}');
    const last = whole.replace('Host: x', 'Host: x\r\nConnection: close');
    expect((await exchange(last + bytes)).match(/HTTP\/1\.1 \d+|\{"a":1\}/g)).toEqual(['HTTP/1.1 200', '{"a":1}']);
  });

  it.each([
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', 400],
    ['noise', '\u0000\u00ff\r\n\r\n', 400],
    ['an unknown method', 'BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['two lengths', 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}', 400],
    [
      'a bad chunk',
      'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
    ['large headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
  ])('is answered as JSON: %s', async (_name, bytes, status) => {
    expect(read(await exchange(bytes)).status).toBe(status);
  });

  it.each([
    ['/files/%', 400, 'BAD_USER_INPUT'],
    ['/files/%E0%A4', 400, 'BAD_USER_INPUT'],
    [`/files/${'x'.repeat(5_000)}`, 414, 'BAD_USER_INPUT'],
    ['/nothing', 404, 'NOT_FOUND'],
  ])('a target that leads nowhere is answered as JSON: %s', async (target, status, code) => {
    const answer = await exchange(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(read(answer)).toMatchObject({ status, code });
  });

  it('a body that is too large is answered, and the connection closed', async () => {
    const body = 'x'.repeat(5_000);
    const answer = await exchange(
      `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n${body}`,
    );
    expect(read(answer)).toMatchObject({ status: 413, code: 'TOO_LARGE' });
  });
});

test('a client that leaves before its answer begins ends it, and is no error', async () => {
  await exchange(
    'POST /late HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    (socket) => setImmediate(() => socket.destroy()),
  );
  while (lateStreams === 0) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
});

afterAll(() => expect(lines).toEqual([]));

test('requests of one connection are answered in their order, and begun one after the other', async () => {
  const numbers = Array.from({ length: 200 }, (_, index) => String(index));
  const requests = numbers.map((number) => `GET /turn/${number} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');
  const answer = await exchange(`${requests}GET /turn/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  expect([...answer.matchAll(/\{"number":"(\w+)"\}/g)].map(([, number]) => number)).toEqual([...numbers, 'last']);
  expect(mostInWork).toBe(1);
});
