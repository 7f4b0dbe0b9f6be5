import type { FastifyInstance } from 'fastify';
import { GraphQLError, parse, type ExecutionArgs } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { VIEWER_HEADER } from '../access/index.ts';
import { badInput, unauthenticated } from '../errors/index.ts';
import type { CallContext, GraphQLRequest } from '../federation/index.ts';
import { newId } from '../ids/index.ts';
import { serveGraphqlSockets } from './graphql-sockets.ts';
import { UNSIGNED, type SubgraphHttpOptions } from './subgraph-http.ts';
import { serveUpgrades } from './upgrades.ts';

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

interface OperationContext {
  readonly request: GraphQLRequest;
  readonly call: CallContext;
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
        if (await verify(connectionParams)) return true;
        extra.socket.close(CloseCode.Unauthorized, 'Unauthorized');
        return false;
      },
      onSubscribe: async (_context, _id, payload): Promise<ExecutionArgs | readonly GraphQLError[]> => {
        const signed = await verify(payload.extensions);
        if (!signed) return [unauthenticated(UNSIGNED)];
        const { query, operationName, variables, extensions } = payload;
        const requestId = typeof extensions?.requestId === 'string' ? extensions.requestId : newId();
        const contextValue: OperationContext = {
          request: { query, operationName: operationName ?? undefined, variables: variables ?? undefined },
          call: { ...signed, requestId },
        };
        try {
          return { schema: subgraph.schema, document: parse(query), operationName, contextValue };
        } catch (error) {
          return [error instanceof GraphQLError ? error : badInput('query', 'cannot be read')];
        }
      },
      execute: ({ contextValue }) => run(contextValue, (request, call) => source.execute(request, call)),
      subscribe: ({ contextValue }) => run(contextValue, (request, call) => source.subscribe(request, call)),
    },
    sockets,
    logger.child({ part: 'sockets' }),
  );

  serveUpgrades(server, [{ path: '/graphql', sockets }]);
  server.addHook('preClose', async () => protocol.dispose());
}

function run<T>(context: unknown, work: (request: GraphQLRequest, call: CallContext) => T): T {
  const { request, call } = context as OperationContext;
  return work(request, call);
}
