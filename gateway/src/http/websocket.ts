import type { FastifyInstance } from 'fastify';
import { GraphQLError, parse, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { CloseCode, type Context } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { Client, Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import type { Lifecycle } from '@flowmesh/platform/lifecycle';
import type { Logger } from '@flowmesh/platform/logging';
import { serveGraphqlSockets, serveUpgrades, type SocketExtra } from '@flowmesh/platform/server';
import type { GatewayLimits } from '../gateway-config.ts';
import type { ClientReader } from '../identity/client-reader.ts';
import type { SessionWatch } from '../identity/session-watch.ts';
import type { Authenticate } from '../identity/authentication.ts';
import type { OperationPipeline } from '../operations/operation-pipeline.ts';

interface SocketState {
  viewer?: Viewer;
  client?: Client;
  unwatch?: () => void;
}

type Work = ExecutionResult | AsyncIterableIterator<ExecutionResult>;

type SocketContext = Context<Record<string, unknown>, SocketExtra & SocketState>;

export interface WebSocketOptions {
  readonly schema: GraphQLSchema;
  readonly pipeline: OperationPipeline;
  readonly authenticate: Authenticate;
  readonly sessions: SessionWatch;
  readonly clientOf: ClientReader;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
}

/** graphql-ws wants to be handed a document; ours is in the work it is handed with it. */
const PLACEHOLDER = parse('{ __typename }');
/** Told to clients whose session has ended; the same code graphql-ws uses for a refused operation. */
const SESSION_ENDED = { code: CloseCode.Unauthorized, reason: 'Session ended' } as const;
const CONNECTION_INIT_MS = 10_000;

/**
 * GraphQL over WebSocket (graphql-transport-ws) on the path of the graph. The token comes in the connection parameters
 * as `authorization: "Bearer …"`; the socket is closed within about a second of the end of its session.
 */
export function serveWebSockets(server: FastifyInstance, path: string, options: WebSocketOptions): void {
  const { schema, pipeline, authenticate, sessions, clientOf, lifecycle, logger, limits } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.bodyBytes, perMessageDeflate: false });

  serveUpgrades(server, [{ path, sockets }], lifecycle);
  const graph = serveGraphqlSockets(
    {
      connectionInitWaitTimeout: CONNECTION_INIT_MS,
      onConnect: async (context: SocketContext) => {
        const { extra, connectionParams } = context;
        const given = connectionParams?.authorization ?? connectionParams?.Authorization;
        extra.client = clientOf(extra.request);
        try {
          extra.viewer = await authenticate(typeof given === 'string' ? given : undefined, extra.client);
        } catch (error) {
          if (!(error instanceof GraphQLError)) logger.error({ err: error }, 'a socket could not be authenticated');
          return false;
        }
        // It may have been closed while the session was asked for: nobody would say so again.
        if (extra.socket.readyState !== extra.socket.OPEN) return false;
        extra.unwatch = sessions.watch(extra.viewer, () =>
          extra.socket.close(SESSION_ENDED.code, SESSION_ENDED.reason),
        );
        return true;
      },
      onClose: ({ extra }: SocketContext) => extra.unwatch?.(),
      onSubscribe: async (context: SocketContext, _id, request) => {
        // graphql-ws counts the new operation only after this.
        if (Object.keys(context.subscriptions).length > limits.operationsPerSocket) {
          return [new GraphQLError(`A socket may have at most ${limits.operationsPerSocket} operations at a time.`)];
        }
        const { viewer, client } = context.extra;
        if (!viewer) return [new GraphQLError('The socket has no viewer.')];
        const { query, operationName, variables } = request;
        const call = { viewer, requestId: newId(), client };
        const prepared = await pipeline.prepare(
          { query, operationName: operationName ?? undefined, variables: variables ?? undefined },
          call,
        );
        if (prepared.kind === 'refused') return prepared.errors;
        const work = async (): Promise<Work> => {
          if (prepared.kind !== 'subscription') return prepared.execute();
          const stream = await prepared.subscribe();
          return 'kind' in stream ? { errors: stream.errors } : stream;
        };
        // Everything is decided by the pipeline; what graphql-ws would validate and execute itself is not used.
        return { schema, document: PLACEHOLDER, contextValue: work };
      },
      execute: (args) => (args.contextValue as () => Promise<Work>)(),
      subscribe: (args) => (args.contextValue as () => Promise<Work>)(),
    },
    sockets,
    logger,
  );

  server.addHook('preClose', () => graph.dispose());
}
