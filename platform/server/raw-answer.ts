import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorCode } from '../errors/index.ts';
import { newId } from '../ids/index.ts';
import { errorBody } from './error-body.ts';

export interface RawAnswer {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Answers on a bare socket and gives it up: for requests that never become one for the routes. The peer may have gone,
 * may never read, or never close its side; none of it reaches the caller.
 */
export function answerAndClose(socket: Duplex, { status, code, message, headers = {} }: RawAnswer): void {
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = newId();
  const body = errorBody(message, code, requestId);
  const lines = Object.entries({
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    'x-request-id': requestId,
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}
