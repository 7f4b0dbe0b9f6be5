import type { FastifyInstance } from 'fastify';
import { GraphQLError, parse, type ExecutionArgs } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { VIEWER_HEADER } from '../access/index.ts';
import { badInput, ErrorCode, PublicError } from '../errors/index.ts';
import { acknowledged, asksForAcknowledgement, type CallContext, type GraphQLRequest } from '../federation/index.ts';
import { newId } from '../ids/index.ts';
import { serveGraphqlSockets } from './graphql-sockets.ts';
import { UNSIGNED, type SubgraphHttpOptions } from './subgraph-http.ts';
import { serveUpgrades } from './upgrades.ts';

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

interface OperationContext {
  readonly request: GraphQLRequest;
  readonly call: CallContext;
  /** Whether the caller wants to hear that a stream has begun. */
  readonly acknowledge: boolean;
}

/**
 * Subscriptions of a subgraph that runs by itself: graphql-ws on `/graphql`. The connection carries a signed viewer,
 * and so does every operation in its extensions: the gateway serves all its clients over one connection.
 */
export function registerSubgraphSocket(server: FastifyInstance, options: SubgraphHttpOptions): void {
  const { subgraph, source, verifyViewer, logger } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    // One message, then the others' turn: a packet may hold thousands.
    allowSynchronousEvents: false,
  });
  const verify = (carrier: Readonly<Record<string, unknown>> | null | undefined) => {
    const signed = carrier?.[VIEWER_HEADER];
    return verifyViewer(typeof signed === 'string' ? signed : undefined);
  };

  const protocol = serveGraphqlSockets(
    {
      onConnect: async ({ connectionParams, extra }) => {
        if (verify(connectionParams)) return true;
        extra.socket.close(CloseCode.Unauthorized, 'Unauthorized');
        return false;
      },
      onSubscribe: async (_context, _id, payload): Promise<ExecutionArgs | readonly GraphQLError[]> => {
        const signed = verify(payload.extensions);
        if (!signed) return [new PublicError(UNSIGNED, ErrorCode.unauthenticated, { requestId: newId() })];
        const { query, operationName, variables, extensions } = payload;
        const requestId = typeof extensions?.requestId === 'string' ? extensions.requestId : newId();
        const contextValue: OperationContext = {
          request: { query, operationName: operationName ?? undefined, variables: variables ?? undefined },
          call: { ...signed, requestId },
          acknowledge: asksForAcknowledgement(extensions),
        };
        try {
          return { schema: subgraph.schema, document: parse(query), operationName, contextValue };
        } catch (error) {
          return [error instanceof GraphQLError ? error : badInput('query', 'cannot be read')];
        }
      },
      execute: ({ contextValue }) => {
        const { request, call } = contextValue as OperationContext;
        return source.execute(request, call);
      },
      subscribe: async ({ contextValue }) => {
        const { request, call, acknowledge } = contextValue as OperationContext;
        const stream = await source.subscribe(request, call);
        return acknowledge && Symbol.asyncIterator in stream ? acknowledged(stream) : stream;
      },
    },
    sockets,
    logger.child({ part: 'sockets' }),
  );

  serveUpgrades(server, [{ path: '/graphql', sockets }]);
  server.addHook('preClose', async () => protocol.dispose());
}
