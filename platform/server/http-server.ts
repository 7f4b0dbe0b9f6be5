import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import { ErrorCode, isOutage, outage, StartError, type PublicError } from '../errors/index.ts';
import { newId } from '../ids/index.ts';
import type { Lifecycle } from '../lifecycle/index.ts';
import { warnSeldom, withLogContext, type Logger, type WarnSeldom } from '../logging/index.ts';
import { ManyAccepts } from './accepting.ts';
import { createClientErrorHandler, watchAnswers } from './client-errors.ts';
import { Drain } from './drain.ts';
import { errorBody } from './error-body.ts';
import { sendRefusal } from './refusals.ts';

export interface HttpServerOptions {
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Largest request body, in bytes. Default 1 MiB. */
  readonly bodyLimit?: number;
  /** How long a request may take to arrive, from its first byte to the last of its body. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** Asked about each request before anything is done for it: why it is refused, or null. */
  readonly turnAway?: TurnAway;
}

/** Has to be quick: it is asked when there is least time. The refusal has `retryAfter`, in seconds. */
export type TurnAway = (request: IncomingMessage) => PublicError | null;

const REQUEST_ID = /^[\w.:-]{8,128}$/;
const DEFAULT_BODY_LIMIT = 1_048_576;
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
/** Headers are small: who needs longer for them is holding the connection. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How late a request that is overdue may be found, as a part of what it may take, and in milliseconds at most. */
const CHECKS = { perTimeout: 6, maxMs: 5_000 } as const;
/** Longer than the idle time of the usual load balancers, which must be the first to close. */
const KEEP_ALIVE_MS = 72_000;
/** Then a connection is closed. Thousands of requests can come in one packet, and all of them begin at once. */
const REQUESTS_PER_SOCKET = 1_000;
/** Nothing was sent or received for so long: longer than any answer takes. WebSockets and streams have beats of their own. */
const SILENCE_MS = 400_000;
/** How long requests may go on after the server has begun to stop. */
const DRAIN_MS = 5_000;
const DISCARD_MS = 10_000;
const DISCARD_BYTES = 64 * 1_048_576;

/**
 * The HTTP server of a process, without routes. Each request has an id: the caller's `x-request-id` when it is usable,
 * else a new one; it is in every log line of the request and in the answer. Errors are JSON in the form of GraphQL.
 */
export function createHttpServer({
  logger,
  metrics,
  bodyLimit = DEFAULT_BODY_LIMIT,
  requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS,
  turnAway,
}: HttpServerOptions): FastifyInstance {
  const report: Report = { logger, warnOfOutage: warnSeldom(logger, 'what the product depends on is away') };
  const server = fastify({
    logger: false,
    bodyLimit,
    // Fastify itself sets none of these limits.
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: SILENCE_MS,
    maxRequestsPerSocket: REQUESTS_PER_SOCKET,
    http: {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(CHECKS.maxMs, Math.ceil(requestTimeoutMs / CHECKS.perTimeout)),
    },
    clientErrorHandler: createClientErrorHandler({ metrics, logger, requestTimeoutMs }),
    frameworkErrors: (error, request, reply) => {
      void reply.header('x-request-id', request.id);
      void sendError(report, error, request, reply);
    },
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
    },
    forceCloseConnections: 'idle',
    // A request that is on its way when the server stops is still answered.
    return503OnClosing: false,
  });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from request to answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [metrics],
  });
  if (turnAway) turnAwayFrom(server, turnAway);
  oneAtATime(server);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    withLogContext({ requestId: request.id }, done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { method, url, routeOptions } = request;
    const { statusCode: status, elapsedTime } = reply;
    durations.observe({ method, route: routeOptions.url ?? 'none', status: String(status) }, elapsedTime / 1_000);
    logger.debug({ method, path: url.split('?', 1)[0], status, ms: Math.round(elapsedTime) }, 'answered');
    done();
  });
  watchAnswers(server.server);
  server.setErrorHandler((error: FastifyError, request, reply) => sendError(report, error, request, reply));
  server.setNotFoundHandler((request, reply) =>
    sendRefusal(reply, 404, `There is nothing at ${request.method} ${request.url.split('?', 1)[0]}.`),
  );
  return server;
}

/**
 * Refuses past all hooks and routes, which take several times what this takes: in an overload most requests are refused,
 * and what that costs is missing for the others.
 */
function turnAwayFrom(server: FastifyInstance, problemOf: TurnAway): void {
  server.addHook('onRequest', (request, reply, done) => {
    const problem = problemOf(request.raw);
    if (!problem) return done();
    const { message, extensions } = problem;
    const body = errorBody(message, ErrorCode.unavailable, request.id, extensions);
    reply.hijack();
    reply.raw
      .writeHead(503, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'cache-control': 'no-store',
        'retry-after': String(extensions.retryAfter),
        'x-request-id': request.id,
      })
      .end(body);
  });
}

/**
 * Requests of one connection begin when the answer to the one before has been sent, as they are answered in order anyway
 * (HTTP pipelining). Else a packet with thousands of them would begin thousands at once.
 */
function oneAtATime(server: FastifyInstance): void {
  const answering = new WeakMap<Socket, ServerResponse>();
  server.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    const before = answering.get(socket);
    answering.set(socket, reply.raw);
    reply.raw.once('close', () => {
      if (answering.get(socket) === reply.raw) answering.delete(socket);
    });
    // Others get their turn between two of them.
    if (before) before.once('close', () => setImmediate(done));
    else done();
  });
}

/** For the metrics only; the usual number for it. */
const CLIENT_LEFT = 499;
/** What is broken off then: the body of the answer, and what was asked of another service for it. */
const LEFT: ReadonlySet<string> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'UND_ERR_ABORTED']);

/** Where failures of requests are written down. */
interface Report {
  readonly logger: Logger;
  readonly warnOfOutage: WarnSeldom;
}

async function sendError(
  { logger, warnOfOutage }: Report,
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (LEFT.has(error.code) && reply.raw.destroyed) {
    // The client has left before its answer came; nobody reads this.
    return sendRefusal(reply, CLIENT_LEFT, 'The client has left.');
  }
  const status = error.statusCode ?? 500;
  if (status >= 500 && isOutage(error)) {
    warnOfOutage({ err: error, requestId: request.id });
    const { message, extensions } = outage();
    void reply.header('retry-after', String(extensions.retryAfter));
    return sendRefusal(reply, 503, message);
  }
  if (status >= 500) {
    logger.error({ err: error, requestId: request.id }, 'request failed');
    return sendRefusal(reply, status, 'Something went wrong on our side.');
  }
  if (status === 413) await discardTooLarge(request, reply);
  return sendRefusal(reply, status, error.message);
}

/** A client that is still sending does not read the answer: it would only see its connection break. */
export async function discardTooLarge(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  await discardBody(request.raw);
  void reply.header('connection', 'close');
}

/** Reads the rest of a body and forgets it, up to 64 MB or 10 s; what is longer breaks off. */
async function discardBody(request: IncomingMessage): Promise<void> {
  const deadline = AbortSignal.timeout(DISCARD_MS);
  await new Promise<void>((resolve) => {
    let left = DISCARD_BYTES;
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) resolve();
    });
    for (const event of ['end', 'close', 'error']) request.once(event, () => resolve());
    deadline.addEventListener('abort', () => resolve());
    if (request.complete || request.destroyed) resolve();
    request.resume();
  });
}

const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: stop the program that uses it, or set another PORT',
  EACCES: 'may not be used by this account: set a PORT above 1023',
  EADDRNOTAVAIL: 'cannot be used, because this machine does not have that address: set another HOST',
  ENOTFOUND: 'cannot be used, because its name is unknown: set another HOST',
};

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const problem = listenProblems[error.code ?? ''];
  return problem ? new StartError(`Port ${port} on ${host} ${problem}.`, { cause: error }) : error;
}

/** Finds out early whether the port is free, before anything expensive starts. */
export async function assertPortIsFree(host: string, port: number): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => probe.once('error', reject).listen({ host, port }, resolve));
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, host, port);
  }
  await new Promise((resolve) => probe.close(resolve));
}

/**
 * Begins to answer and returns the port (of use when 0 was asked for). When the process stops, requests that are on their
 * way are still taken, and running ones may end for 5 s; routes that hold connections open end them in a `preClose` hook.
 * `manyAccepts`: for a server to which clients come on new connections, however busy it is.
 */
export async function listen(
  server: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
  lifecycle: Lifecycle,
  { manyAccepts }: { readonly manyAccepts?: Logger } = {},
): Promise<number> {
  const drain = new Drain(server.server);
  let accepts: ManyAccepts | undefined;
  lifecycle.onStop('http server', async () => {
    await drain.untilQuiet();
    const timer = setTimeout(() => server.server.closeAllConnections(), DRAIN_MS);
    await Promise.all([accepts?.close(), server.close()]);
    clearTimeout(timer);
  });
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, host, port);
  }
  if (manyAccepts) accepts = new ManyAccepts(server.server, manyAccepts);
  const address = server.server.address();
  return typeof address === 'object' && address ? address.port : port;
}
