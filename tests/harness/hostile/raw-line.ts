import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

/** How somebody leaves: in order, in order but still listening, by breaking off, or not before a moment has passed. */
export type Leaving = 'close' | 'half-close' | 'reset' | 'linger';

/** What is sent over one connection, byte for byte. */
export interface HostileCase {
  /** Of what kind it is. */
  readonly kind: string;
  readonly chunks: readonly Buffer[];
  /** How long each chunk behind the first one waits for an answer to the one before, before it is sent anyhow. */
  readonly answerMs: number;
  readonly leaving: Leaving;
  /** Between the last chunk and leaving. */
  readonly stayMs: number;
  /** Leaves earlier, when the peer has said this. */
  readonly untilText?: string;
}

const LINGER_MS = 100;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends it and leaves; resolves with the local port when the connection is closed on this side. Never rejects. */
export async function send(port: number, hostile: HostileCase): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1' });
  // Whatever the other side does to the connection is not ours to judge here.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await Promise.race([new Promise<void>((resolve) => socket.once('connect', () => resolve())), closed]);
  const { localPort = 0 } = socket;
  let answered = Promise.resolve();
  let answer = () => undefined as void;
  let heard = '';
  const told = new Promise<void>((resolve) => {
    socket.on('data', (bytes: Buffer) => {
      answer();
      if (hostile.untilText === undefined) return;
      heard += bytes.toString('latin1');
      if (heard.includes(hostile.untilText)) resolve();
    });
  });
  for (const [index, chunk] of hostile.chunks.entries()) {
    if (index > 0 && hostile.answerMs > 0) await Promise.race([answered, closed, pause(hostile.answerMs)]);
    answered = new Promise((resolve) => (answer = resolve));
    if (socket.writable) socket.write(chunk);
  }
  if (hostile.stayMs > 0) await Promise.race([closed, told, pause(hostile.stayMs)]);
  if (hostile.leaving === 'reset') socket.resetAndDestroy();
  else if (hostile.leaving === 'close') socket.destroy();
  else {
    if (hostile.leaving === 'half-close') socket.end();
    await Promise.race([closed, pause(LINGER_MS)]);
    socket.destroy();
  }
  await closed;
  return localPort;
}

/** Sends them a few at a time; the local ports they used. */
export async function sendAll(port: number, cases: readonly HostileCase[], atOnce = 24): Promise<Set<number>> {
  const ports = new Set<number>();
  const waiting = [...cases];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) ports.add(await send(port, next));
    }),
  );
  return ports;
}

const LISTEN = '0A';
const TIME_WAIT = '06';

/** How many connections between a listening port and these ports the listener has not given up. Linux only. */
export function connectionsLeft(port: number, from: ReadonlySet<number>): number {
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1));
  const portOf = (address = '') => Number.parseInt(address.split(':').at(-1) ?? '', 16);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, remote, state]) => {
      if (state === LISTEN || state === TIME_WAIT || state === undefined) return false;
      return portOf(local) === port && from.has(portOf(remote));
    }).length;
}

/** For a message: its beginning, with everything that is not plain text escaped. */
export function shown({ kind, chunks, leaving, stayMs }: HostileCase): string {
  const bytes = Buffer.concat(chunks);
  return `${kind}, ${bytes.length} bytes, ${leaving} after ${stayMs} ms: ${JSON.stringify(bytes.subarray(0, 600).toString('latin1'))}`;
}
