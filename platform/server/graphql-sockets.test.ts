import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Writable } from 'node:stream';
import { buildSchema } from 'graphql';
import ws, { WebSocket, WebSocketServer } from 'ws';
import { createLogger } from '../logging/index.ts';
import { serveGraphqlSockets, type GraphqlSocketLimits, type MessageProblem } from './graphql-sockets.ts';

/** Not in the types of the package. */
const { Receiver } = ws as unknown as { readonly Receiver: new (options: object) => Writable };

const schema = buildSchema('type Query { hello: String }');
const lines: string[] = [];
const logger = createLogger({ level: 'info', name: 'test' }, { write: (line: string) => void lines.push(line) });

interface Served {
  readonly url: string;
  readonly sockets: WebSocketServer;
  stop(): Promise<void>;
}

async function serve(limits: GraphqlSocketLimits): Promise<Served> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, maxPayload: 10_000 });
  const graph = serveGraphqlSockets({ schema }, sockets, logger, limits);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    stop: async () => {
      await graph.dispose();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

let usual: Served;
beforeAll(async () => {
  const problemOf = (message: Buffer): MessageProblem | null => {
    if (message.includes('forbidden')) return { close: 'This is forbidden' };
    return message.includes('wrong') ? { error: { message: 'This is wrong.' } } : null;
  };
  usual = await serve({ keepAliveMs: 100, problemOf });
});
afterAll(() => usual.stop());

async function open({ url }: Served = usual, options: { autoPong?: boolean } = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, 'graphql-transport-ws', options);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}

const closeOf = (socket: WebSocket) => new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));

test.each([
  ['no JSON', '{', 4400],
  ['no object', 'null', 4400],
  ['a list', '[]', 4400],
  ['no type', '{}', 4400],
  ['an unknown type', '{"type":"x"}', 4400],
  ['what only servers say', '{"type":"next","id":"1","payload":{}}', 4400],
  ['an acknowledgement', '{"type":"connection_ack"}', 4400],
  ['an operation without a text', '{"type":"subscribe","id":"1","payload":{}}', 4400],
  [
    'an operation before the connection is initialised',
    '{"type":"subscribe","id":"1","payload":{"query":"{ hello }"}}',
    4401,
  ],
  ['what its owner refuses to read', '{"type":"ping","payload":{"a":"forbidden"}}', 4400],
  ['too large a message', `"${'x'.repeat(20_000)}"`, 1009],
  ['bytes that are no text', Buffer.from([0xff, 0xfe]), 4400],
])('a socket that says %s is closed, and nothing is logged', async (_name, message, code) => {
  const socket = await open();
  const closed = closeOf(socket);
  socket.send(message);
  expect(await closed).toBe(code);
  expect(lines).toEqual([]);
});

test('what is wrong with the message of one operation is told to that operation', async () => {
  const socket = await open();
  const answer = new Promise<string>((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())));
  socket.send('{"type":"subscribe","id":"7","payload":{"query":"wrong"}}');
  expect(JSON.parse(await answer)).toEqual({ id: '7', type: 'error', payload: [{ message: 'This is wrong.' }] });
  const closed = closeOf(socket);
  socket.send('{"type":"ping","payload":{"a":"wrong"}}');
  expect(await closed).toBe(4400);
});

test('a peer that sends and does not read is cut once too much waits for it', async () => {
  const patient = await serve({ keepAliveMs: 3_600_000, maxBufferedBytes: 100_000 });
  const socket = await open(patient);
  const closed = closeOf(socket);
  socket.pause();
  const cut = new Promise<void>((resolve) => [...patient.sockets.clients][0]!.once('close', () => resolve()));
  const filler = Buffer.alloc(120, 'x');
  const flood = setInterval(() => {
    for (let sent = 0; sent < 5_000; sent++) socket.ping(filler);
  }, 5);
  await cut;
  clearInterval(flood);
  socket.resume();
  expect(await closed).toBe(1006);
  await patient.stop();
});

test('a peer that does not answer pings is cut', async () => {
  const socket = await open(usual, { autoPong: false });
  expect(await closeOf(socket)).toBe(1006);
});

test('a peer that does is kept', async () => {
  const socket = await open();
  let pings = 0;
  await new Promise<void>((resolve) => socket.on('ping', () => void (++pings === 4 && resolve())));
  socket.send('{"type":"ping"}');
  const [answer] = await new Promise<[Buffer]>((resolve) => socket.once('message', (data: Buffer) => resolve([data])));
  expect(answer.toString('utf8')).toBe('{"type":"pong"}');
  socket.terminate();
});

test('what comes after a broken frame is not read: a message behind it must not end the process', async () => {
  const receiver = new Receiver({ isServer: true, allowSynchronousEvents: false });
  const problem = new Promise<string>((resolve) => receiver.once('error', ({ message }) => resolve(message)));
  const frame = (opcode: number, payload: Buffer) =>
    Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 1, 2, 3, 4]), payload]);
  // The first is told later; the others come meanwhile, and are read one after the other.
  receiver.write(frame(9, Buffer.from('x')));
  receiver.write(frame(1, Buffer.alloc(20, 0xff)));
  receiver.write(frame(1, Buffer.alloc(30, 0x61)));
  expect(await problem).toContain('invalid UTF-8 sequence');
});
