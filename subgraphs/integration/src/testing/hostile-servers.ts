import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** What a server does with each connection, beside what it does with what comes over it. */
export type Behaviour = (socket: Socket) => void;

export interface HostileServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** A server that speaks as `behaviour` says. */
export async function startHostileServer(behaviour: Behaviour): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    behaviour(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Writes the same for as long as somebody takes it. */
export function flood(socket: Socket, bytes: Buffer): void {
  const block = Buffer.concat(Array.from({ length: Math.max(1, Math.ceil(65_536 / bytes.length)) }, () => bytes));
  const write = () => {
    while (!socket.destroyed && socket.writable) if (!socket.write(block)) return;
  };
  socket.on('drain', write);
  write();
}

/** Answers each thing that comes in with the same. */
export const answering =
  (answer: string | Buffer): Behaviour =>
  (socket) =>
    socket.on('data', () => socket.write(answer));

export const silence: Behaviour = (socket) => void socket.resume();

/** A byte every so often. */
export const slowly =
  (text: string): Behaviour =>
  (socket) => {
    let at = 0;
    const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 50);
    socket.resume().once('close', () => clearInterval(timer));
  };

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const int16 = (value: number): Buffer => int32(value).subarray(2);

/** A message of PostgreSQL's protocol. */
export const message = (type: string, ...parts: (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
};

export const READY = message('Z', 'I');
export const AUTHENTICATED = message('R', int32(0));
export const NOTICE = message('N', 'SNOTICE\0C00000\0Mnothing of importance\0\0');
/** One column, of text or JSON. */
export const column = (oid: number): Buffer =>
  message('T', int16(1), 'c\0', int32(0), int16(0), int32(oid), int16(65_535), int32(0), int16(0));
export const row = (value: string): Buffer => message('D', int16(1), int32(Buffer.byteLength(value)), value);
export const done = (tag: string): Buffer => message('C', `${tag}\0`);
export const scramChallenge = (iterations: number, nonce: string): Buffer =>
  message('R', int32(11), `r=${nonce},s=${Buffer.alloc(16).toString('base64')},i=${iterations}`);
export const SCRAM = message('R', int32(10), 'SCRAM-SHA-256\0\0');
export const TEXT = 25;
export const JSONB = 3802;

/** A server of PostgreSQL that lets anybody in, and answers a FETCH, or another statement, as it likes. */
export const postgresql =
  (fetched: (socket: Socket) => void): Behaviour =>
  (socket) => {
    socket.once('data', () => {
      socket.write(Buffer.concat([AUTHENTICATED, READY]));
      socket.on('data', (chunk) => {
        const text = chunk.toString('latin1');
        if (text.includes('fetch ')) fetched(socket);
        // Of the product or not; and all that is not looked at.
        else if (text.includes('current_database')) {
          socket.write(Buffer.concat([column(TEXT), row('x'), done('SELECT 1'), READY]));
        } else if (text.startsWith('P')) {
          socket.write(Buffer.concat([message('1'), message('2'), message('n'), done('DECLARE CURSOR'), READY]));
        } else socket.write(Buffer.concat([done('OK'), READY]));
      });
    });
  };

/** Rows, and the end of the answer. */
export const rows = (oid: number, ...values: string[]): Buffer =>
  Buffer.concat([column(oid), ...values.map((value) => row(value)), done(`FETCH ${values.length}`), READY]);
