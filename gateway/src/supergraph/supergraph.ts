import { ApolloGateway } from '@apollo/gateway';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { createAccessGuard, readAccessRules, type AccessGuard } from '@flowmesh/platform/access';
import type { SubgraphSources } from '@flowmesh/platform/federation';
import type { Logger } from '@flowmesh/platform/logging';
import { switchOffApolloTelemetry } from '../gateway-config.ts';
import { addScalarParsers } from '../limits/scalar-parsers.ts';
import { createOperationCost, type OperationCost } from '../limits/operation-cost.ts';
import { SubgraphDataSource } from './subgraph-data-source.ts';
import { createPlanRunner, type PlanRunner } from './plan-runner.ts';

/** Everything that is derived from one supergraph SDL. */
export interface Supergraph {
  /** Loaded; as Apollo Server wants to be given it. */
  readonly gateway: GatewayInterface;
  /** The graph as clients see it. */
  readonly schema: GraphQLSchema;
  readonly guard: AccessGuard;
  readonly cost: OperationCost;
  readonly plans: PlanRunner;
}

/** Attempts at what one may not do leave a trace, with the request id like all that is logged for a request. */
function loggedGuard(guard: AccessGuard, logger: Logger): AccessGuard {
  return (document, operationName, viewer) => {
    const refusal = guard(document, operationName, viewer);
    if (refusal) {
      const { code, coordinate } = refusal.extensions;
      const userId = viewer.kind === 'anonymous' ? undefined : viewer.userId;
      logger.info({ code, coordinate, viewer: viewer.kind, userId }, 'access denied');
    }
    return refusal;
  };
}

export async function loadSupergraph(options: {
  readonly sdl: string;
  readonly sources: SubgraphSources;
  readonly logger: Logger;
}): Promise<Supergraph> {
  const { sdl, sources } = options;
  const logger = options.logger.child({ part: 'supergraph' });
  switchOffApolloTelemetry();
  const services: Record<string, SubgraphDataSource> = {};
  const gateway = new ApolloGateway({
    supergraphSdl: sdl,
    logger: {
      // What the library calls information is its own business: plans, downstream errors we log ourselves.
      debug: (message) => logger.trace(message),
      info: (message) => logger.debug(message),
      warn: (message) => logger.warn(message),
      error: (message) => logger.error(message),
    },
    buildService: ({ name }) => (services[name] = new SubgraphDataSource(name, sources.get(name))),
    __exposeQueryPlanExperimental: false,
    validateSupergraph: false,
  });
  const { schema, executor } = await gateway.load();
  const document: DocumentNode = parse(sdl);
  addScalarParsers(schema);
  return {
    gateway: {
      load: () => Promise.resolve({ executor }),
      onSchemaLoadOrUpdate: (listener) => {
        listener({ apiSchema: schema, coreSupergraphSdl: sdl });
        return () => undefined;
      },
      stop: () => gateway.stop(),
    },
    schema,
    guard: loggedGuard(createAccessGuard(schema, readAccessRules(document)), logger),
    cost: createOperationCost(schema, document),
    plans: createPlanRunner(sdl, schema, services),
  };
}
