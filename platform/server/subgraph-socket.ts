import type { FastifyInstance } from 'fastify';
import { parse, type ExecutionArgs } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { VIEWER_HEADER } from '../access/index.ts';
import { unauthenticated } from '../errors/index.ts';
import type { CallContext, GraphQLRequest } from '../federation/index.ts';
import { newId } from '../ids/index.ts';
import { UNSIGNED, type SubgraphHttpOptions } from './subgraph-http.ts';

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const KEEP_ALIVE_MS = 12_000;

interface OperationContext {
  readonly request: GraphQLRequest;
  readonly call: CallContext;
}

/**
 * Subscriptions of a subgraph that runs by itself: graphql-ws on `/graphql`. The connection carries a signed viewer,
 * and so does every operation in its extensions: the gateway serves all its clients over one connection.
 */
export function registerSubgraphSocket(server: FastifyInstance, options: SubgraphHttpOptions): void {
  const { subgraph, source, verifyViewer } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  const verify = (carrier: Readonly<Record<string, unknown>> | null | undefined) => {
    const signed = carrier?.[VIEWER_HEADER];
    return verifyViewer(typeof signed === 'string' ? signed : undefined);
  };

  const protocol = useServer(
    {
      onConnect: async ({ connectionParams, extra }) => {
        if (await verify(connectionParams)) return true;
        extra.socket.close(CloseCode.Unauthorized, 'Unauthorized');
        return false;
      },
      onSubscribe: async (
        _context,
        _id,
        payload,
      ): Promise<ExecutionArgs | readonly ReturnType<typeof unauthenticated>[]> => {
        const signed = await verify(payload.extensions);
        if (!signed) return [unauthenticated(UNSIGNED)];
        const { query, operationName, variables, extensions } = payload;
        const requestId = typeof extensions?.requestId === 'string' ? extensions.requestId : newId();
        const contextValue: OperationContext = {
          request: { query, operationName: operationName ?? undefined, variables: variables ?? undefined },
          call: { ...signed, requestId },
        };
        return { schema: subgraph.schema, document: parse(query), operationName, contextValue };
      },
      execute: ({ contextValue }) => run(contextValue, (request, call) => source.execute(request, call)),
      subscribe: ({ contextValue }) => run(contextValue, (request, call) => source.subscribe(request, call)),
    },
    sockets,
    KEEP_ALIVE_MS,
  );

  server.server.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?', 1)[0] !== '/graphql') return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (connection) => sockets.emit('connection', connection, request));
  });
  server.addHook('preClose', async () => protocol.dispose());
}

function run<T>(context: unknown, work: (request: GraphQLRequest, call: CallContext) => T): T {
  const { request, call } = context as OperationContext;
  return work(request, call);
}
