import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { createErrorFormatter } from '@flowmesh/platform/graphql';
import type { Logger } from '@flowmesh/platform/logging';
import { LIMITS } from '../gateway-config.ts';
import { limitRules } from '../limits/validation-rules.ts';
import type { GatewayContext } from '../supergraph/subgraph-data-source.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { operationChecksPlugin } from './operation-checks.ts';

/** Executes queries and mutations, whether they came by HTTP, SSE or WebSocket. */
export async function startGraphServer(options: {
  readonly supergraph: Supergraph;
  readonly logger: Logger;
  readonly introspection: boolean;
}): Promise<ApolloServer<GatewayContext>> {
  const { supergraph, logger, introspection } = options;
  const server = new ApolloServer<GatewayContext>({
    gateway: supergraph.gateway,
    logger: logger.child({ part: 'apollo' }),
    introspection,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: LIMITS.tokens },
    validationRules: limitRules({ introspection }),
    formatError: createErrorFormatter(logger),
    plugins: [operationChecksPlugin(supergraph), ApolloServerPluginLandingPageDisabled()],
  });
  await server.start();
  return server;
}
