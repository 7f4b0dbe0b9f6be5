import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { WebSocketServer } from 'ws';
import { ErrorCode } from '../errors/index.ts';
import type { Lifecycle } from '../lifecycle/index.ts';
import { answerInWork } from './client-errors.ts';
import { answerAndClose, type RawAnswer } from './raw-answer.ts';

export interface UpgradeRoute {
  readonly path: string;
  readonly sockets: WebSocketServer;
  /** Says why a request that is otherwise right is not let in; null when it is. */
  readonly refuse?: (request: IncomingMessage) => RawAnswer | null;
}

/**
 * WebSocket upgrades of an HTTP server, by path. What asks for another protocol is answered as HTTP, and what is no good
 * with a JSON body: 400 when it cannot be understood, 404 where no sockets are, 503 while the process stops. Whatever a
 * peer sends or breaks off before its socket is handed over is dealt with here. Call once for a server.
 */
export function serveUpgrades(
  server: FastifyInstance,
  routes: readonly UpgradeRoute[],
  lifecycle?: Pick<Lifecycle, 'isStopping'>,
): void {
  for (const { sockets } of routes) {
    // Without a listener `ws` answers in HTML.
    sockets.on('wsClientError', (error, socket) => answerAndClose(socket, badHandshake(error.message)));
  }
  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener away: without one, a peer that resets the connection ends the process.
    const drop = () => socket.destroy();
    socket.on('error', drop);
    const takeUp = () => {
      if (socket.destroyed) return;
      if (asksForWebSocket(request)) return openSocket(request, socket, head, drop);
      socket.removeListener('error', drop);
      answerAsHttp(server.server, request, socket, head);
    };
    // A request that was sent together with the one before it: answers go out in order.
    const before = answerInWork(socket);
    if (before) before.once('close', takeUp);
    else takeUp();
  });

  const openSocket = (request: IncomingMessage, socket: Duplex, head: Buffer, drop: () => void): void => {
    const route = routeOf(request, routes);
    if ('status' in route) return answerAndClose(socket, route);
    if (lifecycle?.isStopping) return answerAndClose(socket, STOPPING);
    const refusal = route.refuse?.(request);
    if (refusal) return answerAndClose(socket, refusal);
    route.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // From here on the errors of the socket are those of the WebSocket.
      socket.removeListener('error', drop);
      route.sockets.emit('connection', webSocket, request);
    });
  };
}

const asksForWebSocket = ({ headers }: IncomingMessage): boolean =>
  /(^|,)\s*websocket\s*(,|$)/i.test(headers.upgrade ?? '');

/** As many as requests that offer nothing: Node begins to count again with each. */
const OFFERS_PER_SOCKET = 1_000;
const offers = new WeakMap<Duplex, number>();
const TOO_MANY_OFFERS: RawAnswer = {
  status: 503,
  code: ErrorCode.unavailable,
  message: 'This connection has reached its maximum number of requests; connect again.',
  headers: { 'retry-after': '1' },
};

/** Of one connection to the next, and about the protocol that is not taken up. */
const OF_THE_UPGRADE = new Set(['upgrade', 'http2-settings']);

/**
 * A server may ignore a protocol that it is offered (RFC 9110, 7.8), and answers as if it had not been: clients that would
 * like HTTP/2 offer h2c with every request. Node has taken its parser away, so the request is read once more, without the
 * offer.
 */
function answerAsHttp(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const count = (offers.get(socket) ?? 0) + 1;
  if (count > OFFERS_PER_SOCKET) return answerAndClose(socket, TOO_MANY_OFFERS);
  offers.set(socket, count);
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]];
    if (!OF_THE_UPGRADE.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

function routeOf(request: IncomingMessage, routes: readonly UpgradeRoute[]): UpgradeRoute | RawAnswer {
  const path = pathOf(request.url ?? '');
  if (path === null) return UNREADABLE;
  return routes.find((route) => route.path === path) ?? { ...NOTHING_THERE, message: `No WebSockets are at ${path}.` };
}

/** Null for what is no path. `new URL` throws for some of those. */
function pathOf(target: string): string | null {
  if (!target.startsWith('/') || !URL.canParse(target, 'http://localhost')) return null;
  return target.split(/[?#]/, 1)[0] ?? null;
}

const UNREADABLE: RawAnswer = {
  status: 400,
  code: ErrorCode.badInput,
  message: 'The target of the request is not a path.',
};
const NOTHING_THERE = { status: 404, code: ErrorCode.notFound } as const;
const STOPPING: RawAnswer = {
  status: 503,
  code: ErrorCode.unavailable,
  message: 'This process is stopping; connect again.',
  headers: { 'retry-after': '1' },
};

const badHandshake = (reason: string): RawAnswer => ({
  status: 400,
  code: ErrorCode.badInput,
  message: `This is no WebSocket handshake of version 13: ${reason}.`,
  headers: { 'sec-websocket-version': '13, 8' },
});
