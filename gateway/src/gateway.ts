import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Admission } from '@flowmesh/platform/admission';
import { ANONYMOUS, type IdentityProvider } from '@flowmesh/platform/access';
import { ErrorCode } from '@flowmesh/platform/errors';
import type { CallContext, SubgraphSources } from '@flowmesh/platform/federation';
import type { Lifecycle } from '@flowmesh/platform/lifecycle';
import type { Logger } from '@flowmesh/platform/logging';
import type { GatewayLimits } from './gateway-config.ts';
import { MCP_PATH, PATH } from './gateway-server.ts';
import { A2A_PATH, CARD_PATH } from './a2a/a2a-cards.ts';
import { A2aRoute } from './a2a/a2a-route.ts';
import { registerAuditExport } from './audit/audit-export.ts';
import { serveAccountPages } from './http/account-pages.ts';
import type { AllowedOrigins } from './http/cross-site.ts';
import { serveGraphiql } from './http/graphiql.ts';
import type { CallerOf, CallOf } from './http/caller.ts';
import { GraphqlRoute, OPERATION_METHODS } from './http/graphql-route.ts';
import { allowOrigins } from './http/cors.ts';
import { jsonRpcErrorHandler } from './http/json-rpc.ts';
import { limitStrangers } from './http/stranger-limit.ts';
import { serveWebSockets } from './http/websocket.ts';
import { McpRoute } from './mcp/mcp-route.ts';
import { createAuthentication } from './identity/authentication.ts';
import { createClientReader } from './identity/client-reader.ts';
import { SessionWatch } from './identity/session-watch.ts';
import { TokenVerifier } from './identity/token-verifier.ts';
import { createErrorsFormatter } from './operations/error-format.ts';
import { OperationPipeline } from './operations/operation-pipeline.ts';
import { FederatedSubscriptions } from './subscriptions/federated-subscriptions.ts';
import { loadSupergraph } from './supergraph/supergraph.ts';

export interface GatewayOptions {
  readonly supergraphSdl: string;
  /** One per subgraph of the supergraph, in this process or remote. */
  readonly sources: SubgraphSources;
  readonly identity: IdentityProvider;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  /** Whether everybody may read the schema; otherwise only holders of `access:read`, as in production. */
  readonly introspection: boolean;
  /** Addresses or ranges of proxies whose `X-Forwarded-For` is trusted. */
  readonly trustProxy: readonly string[];
  readonly limits: GatewayLimits;
  /** The server uses the same one to refuse requests; see `createGatewayServer`. */
  readonly admission: Admission;
  readonly origins: AllowedOrigins;
}

/** Registers the graph on an HTTP server: POST and GET, server-sent events, WebSocket, and GraphiQL for browsers. */
export async function registerGateway(server: FastifyInstance, options: GatewayOptions): Promise<void> {
  const { supergraphSdl, sources, identity, lifecycle, introspection, limits, admission } = options;
  const logger = options.logger.child({ service: 'gateway' });
  const supergraph = loadSupergraph({ sdl: supergraphSdl, sources, logger });
  const verifier = new TokenVerifier(identity);
  const clientOf = createClientReader(options.trustProxy);
  const sessions = new SessionWatch(verifier, logger);
  const pipeline = new OperationPipeline({
    supergraph,
    subscriptions: new FederatedSubscriptions(sources),
    limits,
    introspection,
    formatErrors: createErrorsFormatter(logger),
  });

  const authenticate = createAuthentication(verifier, logger);
  const callOf: CallOf = async (request): Promise<CallContext> => {
    const client = clientOf(request.raw);
    const viewer = await authenticate(request.headers.authorization, client);
    return { viewer, requestId: request.id, client };
  };
  const callerOf: CallerOf = async (request) => {
    try {
      return { call: await callOf(request), expired: null };
    } catch (error) {
      if (!(error instanceof GraphQLError) || error.extensions.code !== ErrorCode.accessTokenExpired) throw error;
      const call = { viewer: ANONYMOUS, requestId: request.id, client: clientOf(request.raw) };
      return { call, expired: error };
    }
  };
  const graph = new GraphqlRoute({ pipeline, admission, callerOf, sessions, origins: options.origins, limits });
  const mcp = new McpRoute({ pipeline, admission, callOf, origins: options.origins, limits });
  const a2a = new A2aRoute({ pipeline, admission, callOf, sessions, origins: options.origins, limits });
  const showGraphiql = await serveGraphiql(server);
  serveAccountPages(server);

  await server.register(async (scope) => {
    await allowOrigins(scope, options.origins.others);
    limitStrangers(scope, limits, callerOf);
    // The GraphQL route parses its body itself, so that errors in it become GraphQL errors.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: limits.bodyBytes }, (_request, body, parsed) =>
      parsed(null, body),
    );
    scope.route({
      method: OPERATION_METHODS,
      url: PATH,
      bodyLimit: limits.bodyBytes,
      handler: async (request: FastifyRequest, reply: FastifyReply) =>
        showGraphiql && isPageRequest(request) ? showGraphiql(reply) : graph.answer(request, reply),
    });
    scope.route({
      method: ['PUT', 'DELETE', 'PATCH', 'OPTIONS'],
      url: PATH,
      handler: async (request: FastifyRequest, reply: FastifyReply) => graph.refuseMethod(request, reply),
    });
    scope.route({
      method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'],
      url: MCP_PATH,
      bodyLimit: limits.bodyBytes,
      errorHandler: jsonRpcErrorHandler(pipeline),
      handler: async (request: FastifyRequest, reply: FastifyReply) => mcp.answer(request, reply),
    });
    for (const url of [A2A_PATH, `${A2A_PATH}/agents/:id`]) {
      scope.route({
        method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'],
        url,
        bodyLimit: limits.bodyBytes,
        errorHandler: jsonRpcErrorHandler(pipeline),
        handler: async (request: FastifyRequest, reply: FastifyReply) => a2a.answer(request, reply),
      });
    }
    scope.get(CARD_PATH, async (request, reply) => a2a.publicCard(request, reply));
    scope.get(`${A2A_PATH}/agents/:id${CARD_PATH}`, async (request, reply) => a2a.agentCard(request, reply));
  });
  server.addHook('preClose', async () => {
    graph.close();
    a2a.close();
  });
  server.addHook('onClose', () => {
    admission.close();
    return supergraph.close();
  });
  registerAuditExport(server, { sources, callOf });
  serveWebSockets(server, PATH, {
    schema: supergraph.schema,
    pipeline,
    authenticate,
    sessions,
    clientOf,
    origins: options.origins,
    lifecycle,
    logger,
    limits,
    admission,
  });
}

/** Whether a browser opens the address, as opposed to a client that sends a query by GET. */
function isPageRequest({ method, headers, query }: FastifyRequest): boolean {
  const hasQuery = typeof query === 'object' && query !== null && 'query' in query;
  return method === 'GET' && !hasQuery && (headers.accept ?? '').includes('text/html');
}
