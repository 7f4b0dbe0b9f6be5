import type { IncomingMessage } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type ServerOptions } from 'graphql-ws';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import type { Logger } from '../logging/index.ts';

/** What a connection of graphql-ws is handed over with. */
export interface SocketExtra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
}

/** Ends the socket, with a reason of at most 120 bytes; or is told to the operation that the message would begin. */
export type MessageProblem = { readonly close: string } | { readonly error: GraphQLFormattedError };

export interface GraphqlSocketLimits<State extends object = object> {
  /** Looks at the bytes of a message before anything is made of them; null when they may be read. Default: always. */
  readonly problemOf?: (message: Buffer, extra: SocketExtra & Partial<State>) => MessageProblem | null;
  /** Bytes that may wait for a peer that does not read; with more its socket is cut. Default 16 MiB. */
  readonly maxBufferedBytes?: number;
  /** How often a peer has to show that it is there. Default 12 s. */
  readonly keepAliveMs?: number;
}

const MAX_BUFFERED_BYTES = 16 * 1_048_576;
const KEEP_ALIVE_MS = 12_000;
/** How long a peer has to answer that it may go, when the server stops. */
const GOODBYE_MS = 1_000;
/** Types of messages that clients may send. */
const FROM_CLIENTS: ReadonlySet<unknown> = new Set(['connection_init', 'ping', 'pong', 'subscribe', 'complete']);
const BAD_MESSAGE = 'Invalid message received';
const FAILED = 'Internal server error';

/**
 * graphql-transport-ws on a server of `ws`. Unlike the adapter that graphql-ws brings, it bounds what waits for a peer
 * and what a message may be, and treats what peers do wrong as theirs: nothing of it is an error in the log.
 */
export function serveGraphqlSockets<State extends object = object>(
  options: ServerOptions<Record<string, unknown>, SocketExtra & Partial<State>>,
  sockets: WebSocketServer,
  logger: Logger,
  limits: GraphqlSocketLimits<State> = {},
): { dispose(): Promise<void> } {
  const { problemOf = () => null, maxBufferedBytes = MAX_BUFFERED_BYTES, keepAliveMs = KEEP_ALIVE_MS } = limits;
  const protocol = makeServer(options);
  sockets.options.handleProtocols = handleProtocols;

  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    // Frames that break the protocol, or the connection itself: `ws` closes the socket by itself.
    socket.on('error', (error) => logger.debug({ reason: error.message }, 'a socket failed'));
    const cutWhenFull = () => {
      if (socket.bufferedAmount > maxBufferedBytes) socket.terminate();
    };
    // Each is answered, whether or not the answers are read.
    socket.on('ping', cutWhenFull);
    const stopBeats = beat(socket, keepAliveMs);
    const extra = { socket, request } as SocketExtra & Partial<State>;
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) =>
          new Promise((resolve) => {
            if (socket.readyState !== socket.OPEN) return resolve();
            cutWhenFull();
            // A socket that fails is closed; what was to be sent over it matters to nobody.
            socket.send(text, () => resolve());
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (read) =>
          socket.on('message', (data: RawData) => {
            // One that is being closed may go on sending.
            if (socket.readyState !== socket.OPEN) return;
            // `ws` gives messages as one buffer unless it is told otherwise.
            const message = data as Buffer;
            const problem = problemOf(message, extra);
            if (problem && 'close' in problem) return socket.close(CloseCode.BadRequest, problem.close);
            const { type, id } = headOf(message);
            if (!FROM_CLIENTS.has(type)) return socket.close(CloseCode.BadRequest, BAD_MESSAGE);
            if (problem) return refuse(socket, type, id, problem.error);
            read(message.toString('utf8')).catch((error: unknown) => {
              logger.error({ err: error }, 'a message of a socket could not be handled');
              socket.close(CloseCode.InternalServerError, FAILED);
            });
          }),
      },
      extra,
    );
    socket.once('close', (code, reason) => {
      stopBeats();
      closed(code, reason.toString('utf8')).catch((error: unknown) =>
        logger.error({ err: error }, 'a socket could not be left properly'),
      );
    });
  });

  return {
    dispose: async () => {
      for (const socket of sockets.clients) socket.close(1001, 'Going away');
      const cutTheRest = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
      }, GOODBYE_MS);
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
      clearTimeout(cutTheRest);
    },
  };
}

function headOf(message: Buffer): { readonly type?: unknown; readonly id?: unknown } {
  try {
    return (JSON.parse(message.toString('utf8')) as object | null) ?? {};
  } catch {
    return {};
  }
}

function refuse(socket: WebSocket, type: unknown, id: unknown, error: GraphQLFormattedError): void {
  if (type !== 'subscribe' || typeof id !== 'string') return socket.close(CloseCode.BadRequest, BAD_MESSAGE);
  socket.send(JSON.stringify({ id, type: 'error', payload: [error] }));
}

/** Cuts the connection of a peer that has not answered a ping by the next one. */
function beat(socket: WebSocket, everyMs: number): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return;
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, everyMs);
  return () => clearInterval(timer);
}
