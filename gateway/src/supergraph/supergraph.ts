import { Supergraph as ComposedSupergraph } from '@apollo/federation-internals';
import { parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { createAccessGuard, readAccessRules, type AccessGuard } from '@flowmesh/platform/access';
import type { SubgraphSources } from '@flowmesh/platform/federation';
import type { Logger } from '@flowmesh/platform/logging';
import { Introspection } from '../introspection/introspection.ts';
import { createOperationCost, type OperationCost } from '../limits/operation-cost.ts';
import { addScalarParsers } from '../limits/scalar-parsers.ts';
import { PlannerThread } from './planner-thread.ts';
import { createPlanRunner, type PlanRunner } from './plan-runner.ts';

/** Everything derived from one supergraph SDL. */
export interface Supergraph {
  /** The graph as clients see it. */
  readonly schema: GraphQLSchema;
  readonly guard: AccessGuard;
  readonly cost: OperationCost;
  readonly plans: PlanRunner;
  readonly introspection: Introspection;
  /** Stops its threads. */
  close(): Promise<void>;
}

/** Denied access is logged, with the request id like all lines of a request. */
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

export function loadSupergraph(options: {
  readonly sdl: string;
  readonly sources: SubgraphSources;
  readonly logger: Logger;
}): Supergraph {
  const { sdl, sources } = options;
  const logger = options.logger.child({ part: 'supergraph' });
  const composed = ComposedSupergraph.build(sdl, { validateSupergraph: false });
  const schema = composed.apiSchema().toGraphQLJSSchema();
  const thread = new PlannerThread(sdl);
  const plans = createPlanRunner({ supergraph: composed, schema, planner: thread.plan, sources });
  const introspection = new Introspection(schema);
  const document: DocumentNode = parse(sdl);
  addScalarParsers(schema);
  return {
    schema,
    guard: loggedGuard(createAccessGuard(schema, readAccessRules(document)), logger),
    cost: createOperationCost(schema, document),
    plans,
    introspection,
    close: async () => {
      await Promise.all([thread.close(), introspection.close()]);
    },
  };
}
