import { ApolloServer, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { VIEWER_HEADER, type VerifyViewer } from '../access/index.ts';
import type { CallContext, SubgraphSource } from '../federation/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Subgraph } from '../subgraph/index.ts';
import { sendRefusal } from './refusals.ts';

export interface SubgraphHttpOptions {
  readonly subgraph: Subgraph;
  /** Executes the subgraph in this process, as the gateway of the one-process product does. */
  readonly source: SubgraphSource;
  readonly verifyViewer: VerifyViewer;
  readonly logger: Logger;
}

interface ServerContext {
  readonly call: CallContext;
}

/**
 * `POST /graphql` of a subgraph that runs by itself. Apollo Server speaks the protocol; executing is left to the
 * source, so that both topologies have one executor, one access check and one masking of errors. Whoever does not
 * carry a signed viewer gets 401, whatever is asked.
 */
export async function registerSubgraphHttp(server: FastifyInstance, options: SubgraphHttpOptions): Promise<void> {
  const apollo = createApollo(options);
  await apollo.start();
  // The HTTP server drains: by then every request has its answer.
  server.addHook('onClose', () => apollo.stop());

  server.all('/graphql', async (request, reply) => {
    const signed = options.verifyViewer(headerOf(request, VIEWER_HEADER));
    if (!signed) return sendRefusal(reply, 401, UNSIGNED);
    if (request.method !== 'POST') return reply.code(405).header('allow', 'POST').send();
    const call: CallContext = { ...signed, requestId: request.id, signal: abortOnLeave(reply) };
    return answer(apollo, request, reply, { call });
  });
}

export const UNSIGNED = 'This service answers the gateway only.';

function createApollo({ subgraph, source, logger }: SubgraphHttpOptions) {
  return new ApolloServer<ServerContext>({
    gateway: {
      load: async () => ({
        executor: async ({ request, context }) => {
          const { query = '', operationName, variables } = request;
          return source.execute({ query, operationName, variables }, (context as ServerContext).call);
        },
      }),
      onSchemaLoadOrUpdate: (listener) => {
        listener({ apiSchema: subgraph.schema, coreSupergraphSdl: '' });
        return () => undefined;
      },
      stop: async () => undefined,
    },
    introspection: true,
    // The source has masked them already; only Apollo's own, about the request, are added.
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    logger: logger.child({ part: 'apollo' }, { level: 'warn' }),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

async function answer(
  apollo: ApolloServer<ServerContext>,
  request: FastifyRequest,
  reply: FastifyReply,
  context: ServerContext,
): Promise<FastifyReply> {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const response = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: 'POST', headers, search: '', body: request.body },
    context: () => Promise.resolve(context),
  });
  for (const [name, value] of response.headers) void reply.header(name, value);
  void reply.code(response.status ?? 200);
  if (response.body.kind === 'complete') return reply.send(response.body.string);
  throw new Error('Apollo Server wants to send an answer in parts, which nobody has asked for.');
}

/** Aborts when the caller has gone away before it had its answer. */
function abortOnLeave(reply: FastifyReply): AbortSignal {
  const abort = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) abort.abort();
  });
  return abort.signal;
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
