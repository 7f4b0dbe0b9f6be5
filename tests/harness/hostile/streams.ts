import { connect } from 'node:net';
import { until } from '@flowmesh/platform/testing';
import { handshake, text } from './frame-bytes.ts';
import type { HostileCase, Leaving } from './raw-line.ts';

/** Ways a subscription can come. */
export const STREAM_KINDS = ['event stream', 'multipart', 'socket'] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];

/** What the first result of a stream looks like on the line, whichever way it came. */
export const FIRST_RESULT = '"data":{';

const ACCEPT = {
  'event stream': 'text/event-stream',
  multipart: 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0',
} as const;

/** The bytes that begin a subscription. */
function bytesOf(kind: StreamKind, query: string, token: string): Buffer[] {
  if (kind === 'socket') {
    return [
      handshake('graphql-transport-ws'),
      text({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }),
      text({ id: '1', type: 'subscribe', payload: { query } }),
    ];
  }
  const body = JSON.stringify({ query });
  const lines = [
    'POST /graphql HTTP/1.1',
    'Host: 127.0.0.1',
    `Accept: ${ACCEPT[kind]}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `Authorization: Bearer ${token}`,
  ];
  return [Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)];
}

/** A subscription that is left so many milliseconds after it was asked for, or when its first result has come. */
export function leftStream(
  kind: StreamKind,
  { query, token, leaving, left }: { query: string; token: string; leaving: Leaving; left: number | 'first result' },
): HostileCase {
  return {
    kind: `${kind} left ${left}`,
    chunks: bytesOf(kind, query, token),
    // A socket may subscribe when it has been let in.
    answerMs: 10_000,
    leaving,
    stayMs: left === 'first result' ? 10_000 : left,
    ...(left === 'first result' && { untilText: FIRST_RESULT }),
  };
}

/** Streams of all kinds; each has its first result, and stays until it is told to leave. */
export async function openStreams(port: number, query: string, token: string): Promise<(() => void)[]> {
  return Promise.all(STREAM_KINDS.map((kind) => openStream(port, kind, bytesOf(kind, query, token))));
}

async function openStream(port: number, kind: StreamKind, chunks: readonly Buffer[]): Promise<() => void> {
  const socket = connect({ port, host: '127.0.0.1' });
  let heard = '';
  socket.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
  socket.on('error', () => undefined);
  for (const chunk of chunks) {
    const before = heard.length;
    socket.write(chunk);
    await until(`${kind}: an answer`, () => heard.length > before);
  }
  await until(`${kind}: a first result`, () => {
    if (socket.closed) throw new Error(`closed: ${heard}`);
    return heard.includes(FIRST_RESULT);
  });
  return () => socket.destroy();
}
