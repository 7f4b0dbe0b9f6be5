import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Counter, type Registry } from 'prom-client';
import { ErrorCode } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import { answerAndClose, type RawAnswer } from './raw-answer.ts';

export interface ClientErrorOptions {
  readonly metrics: Registry;
  readonly logger: Logger;
  /** How long a request may take to arrive; told to those that took longer. */
  readonly requestTimeoutMs: number;
}

/** What Node's parser has to say of bytes that are no request, or of a request that does not come to its end. */
export type ClientErrorHandler = (error: NodeJS.ErrnoException, socket: Socket) => void;

/** Answers them, once and as JSON, and counts them: routes never see these requests. */
export function createClientErrorHandler({
  metrics,
  logger,
  requestTimeoutMs,
}: ClientErrorOptions): ClientErrorHandler {
  const refused = new Counter({
    name: 'http_refused_requests_total',
    help: 'Requests that could not be read, by the status they were answered with.',
    labelNames: ['status'],
    registers: [metrics],
  });
  return (error, socket) => {
    // The peer has gone: nobody reads an answer.
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    // What comes behind it is no better, and may come in many pieces.
    if (unreadable.has(socket)) return;
    unreadable.add(socket);
    const answer = answerFor(error.code ?? '', requestTimeoutMs);
    refused.inc({ status: String(answer.status) });
    logger.debug({ reason: error.code, status: answer.status }, 'a request could not be read');
    const before = answerBefore(socket);
    if (before === 'sent') socket.destroy();
    else if (before) before.once('close', () => answerAndClose(socket, answer));
    else answerAndClose(socket, answer);
  };
}

const unreadable = new WeakSet<Socket>();

function answerFor(code: string, requestTimeoutMs: number): RawAnswer {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const message = `The request did not arrive within ${requestTimeoutMs / 1_000} s.`;
    return { status: 408, code: ErrorCode.timeout, message };
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { status: 431, code: ErrorCode.tooLarge, message: 'The headers of the request are too large.' };
  }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
    return { status: 413, code: ErrorCode.tooLarge, message: 'The chunk extensions of the request are too large.' };
  }
  return { status: 400, code: ErrorCode.badInput, message: 'This is no HTTP request.' };
}

const responses = new WeakMap<Socket, ServerResponse>();

/** Remembers what is being answered on each socket: a second answer in the middle of one would be read as part of it. */
export function watchAnswers(server: Server): void {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => responses.set(request.socket, response));
}

/** What is being answered on a socket at the moment. */
export function answerInWork(socket: Duplex): ServerResponse | undefined {
  const response = responses.get(socket as Socket);
  return response?.closed ? undefined : response;
}

/**
 * What is sent on the socket before bytes that are no request are answered: the answer to a request that came whole before
 * them, which is waited for, as what it asked for may have been done. `sent`: the request itself, of which more should have
 * come, has its answer already.
 */
function answerBefore(socket: Socket): ServerResponse | 'sent' | null {
  const response = responses.get(socket);
  if (!response) return null;
  if (response.writableFinished) return response.req.complete ? null : 'sent';
  if (response.req.complete) return response;
  return response.headersSent ? 'sent' : null;
}
