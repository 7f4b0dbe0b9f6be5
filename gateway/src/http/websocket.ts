import { setMaxListeners } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { parse, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { CloseCode, type Context, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { Client, Viewer } from '@flowmesh/platform/access';
import type { Admission, Leave } from '@flowmesh/platform/admission';
import { ErrorCode, isOutage, PublicError, unauthenticated } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import type { Lifecycle } from '@flowmesh/platform/lifecycle';
import type { Logger } from '@flowmesh/platform/logging';
import { serveGraphqlSockets, serveUpgrades, type RawAnswer, type SocketExtra } from '@flowmesh/platform/server';
import { jsonTextLimits, type GatewayLimits } from '../gateway-config.ts';
import type { Authenticate } from '../identity/authentication.ts';
import type { ClientReader } from '../identity/client-reader.ts';
import type { SessionWatch } from '../identity/session-watch.ts';
import type { OperationPipeline } from '../operations/operation-pipeline.ts';
import { readParameters } from '../operations/request-parameters.ts';
import { isAllowedOrigin, type AllowedOrigins } from './cross-site.ts';
import { messageProblem } from './socket-messages.ts';
import { OpenStreams } from './open-streams.ts';
import { isTooLargeFor, tooLargeForStrangers } from './stranger-limit.ts';

interface SocketState {
  viewer: Viewer;
  client: Client;
  streams: OpenStreams;
  /** Aborts when the socket is closed. */
  gone: AbortController;
  unwatch: () => void;
}

type SocketContext = Context<Record<string, unknown>, SocketExtra & Partial<SocketState>>;
type Results = ExecutionResult | AsyncIterableIterator<ExecutionResult>;

export interface WebSocketOptions {
  readonly schema: GraphQLSchema;
  readonly pipeline: OperationPipeline;
  readonly authenticate: Authenticate;
  readonly sessions: SessionWatch;
  readonly clientOf: ClientReader;
  readonly origins: AllowedOrigins;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
  readonly admission: Admission;
}

/** graphql-ws requires a document; ours is in the context value. */
const PLACEHOLDER = parse('{ __typename }');
const CONNECTION_INIT_MS = 10_000;
/** Limit of the WebSocket protocol for a close reason. */
const MAX_REASON_BYTES = 123;
/** Close code of the WebSocket protocol: clients may reconnect later. */
const TRY_AGAIN_LATER = 1013;
/** graphql-ws clients reconnect after Forbidden, with a new token, but not after Unauthorized. */
const EXPIRED = { code: CloseCode.Forbidden, reason: 'Access token expired' } as const;
const ENDED = { code: CloseCode.Unauthorized, reason: 'Session ended' } as const;

/**
 * GraphQL over WebSocket (graphql-transport-ws) on the path of the graph. The token comes in the connection parameters
 * as `authorization: "Bearer …"`; the socket is closed within about a second of the end of its session.
 */
export function serveWebSockets(server: FastifyInstance, path: string, options: WebSocketOptions): void {
  const { origins, lifecycle, logger, limits } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.bodyBytes,
    perMessageDeflate: false,
    // Handles one message per turn, because a packet may contain thousands.
    allowSynchronousEvents: false,
  });
  serveUpgrades(
    server,
    [{ path, sockets, refuse: ({ headers }) => (isAllowedOrigin(headers, origins) ? null : STRANGE_ORIGIN) }],
    lifecycle,
  );
  const graph = serveGraphqlSockets<SocketState>(
    {
      connectionInitWaitTimeout: CONNECTION_INIT_MS,
      onConnect: (context) => connect(context, options),
      onSubscribe: (context, _id, payload) => subscribe(context, payload, options),
      // The pipeline validates and executes; graphql-ws does neither.
      execute: ({ contextValue }) => (contextValue as () => Promise<Results>)(),
      onClose: async ({ extra }) => {
        extra.unwatch?.();
        extra.gone?.abort();
        await extra.streams?.end();
      },
    },
    sockets,
    logger,
    {
      problemOf: (message, { viewer }) =>
        isTooLargeFor(viewer, message, limits)
          ? { close: tooLargeForStrangers(limits) }
          : messageProblem(message, jsonTextLimits(limits)),
    },
  );
  server.addHook('preClose', () => graph.dispose());
}

async function connect(
  { extra, connectionParams }: SocketContext,
  { authenticate, sessions, clientOf, logger }: WebSocketOptions,
): Promise<boolean> {
  const { socket, request } = extra;
  const given = connectionParams?.authorization ?? connectionParams?.Authorization;
  const client = clientOf(request);
  try {
    extra.viewer = await authenticate(typeof given === 'string' ? given : undefined, client);
  } catch (error) {
    const known = error instanceof PublicError ? error : null;
    if (!known && !isOutage(error)) logger.error({ err: error }, 'a socket could not be authenticated');
    if (!known || known.extensions.code === ErrorCode.unavailable) socket.close(TRY_AGAIN_LATER, 'Try again later');
    else socket.close(CloseCode.Forbidden, reasonOf(known));
    return false;
  }
  extra.client = client;
  extra.streams = new OpenStreams();
  extra.gone = new AbortController();
  // Each cancellable operation adds a listener.
  setMaxListeners(0, extra.gone.signal);
  // It may have closed during the session lookup, and there is no second event.
  if (socket.readyState !== socket.OPEN) return false;
  extra.unwatch = sessions.watch(extra.viewer, ({ extensions }) => {
    const { code, reason } = extensions.code === ErrorCode.accessTokenExpired ? EXPIRED : ENDED;
    socket.close(code, reason);
  });
  return true;
}

/** The message as over HTTP, if it fits the limit of the protocol; reasons that clients compare stay fixed. */
function reasonOf({ message, extensions }: PublicError): string {
  if (extensions.code === ErrorCode.accessTokenExpired) return EXPIRED.reason;
  return Buffer.byteLength(message) <= MAX_REASON_BYTES ? message : 'Forbidden';
}

async function subscribe(
  { extra, subscriptions }: SocketContext,
  payload: SubscribePayload,
  { schema, pipeline, limits, admission }: WebSocketOptions,
) {
  const { viewer, client, streams, gone } = extra;
  const requestId = newId();
  let leave: Leave | undefined;
  try {
    if (!viewer || !streams || !gone) throw unauthenticated('The connection has not been initialised.');
    if (Object.keys(subscriptions).length > limits.operationsPerSocket || streams.size >= limits.operationsPerSocket) {
      throw new PublicError(
        `A socket may have at most ${limits.operationsPerSocket} operations at a time.`,
        ErrorCode.rateLimited,
      );
    }
    leave = await admission.enter();
    const prepared = await pipeline.prepare(readParameters(payload), { viewer, requestId, client });
    if (prepared.kind === 'refused') return prepared.errors;
    const placeholder = { schema, document: PLACEHOLDER };
    if (prepared.kind !== 'subscription') {
      const done = leave;
      leave = undefined;
      return { ...placeholder, contextValue: () => prepared.execute(() => gone.signal).finally(done) };
    }
    const results = await prepared.subscribe();
    if ('kind' in results) return results.errors;
    const stream = streams.add(results);
    return { ...placeholder, contextValue: () => Promise.resolve(stream) };
  } catch (error) {
    return pipeline.refuse([error], { requestId }).errors;
  } finally {
    leave?.();
  }
}

const STRANGE_ORIGIN: RawAnswer = {
  status: 403,
  code: ErrorCode.forbidden,
  message: 'Pages of this origin may not use the graph; CORS_ORIGINS names those that may.',
};
