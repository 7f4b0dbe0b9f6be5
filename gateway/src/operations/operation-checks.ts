import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import type { Viewer } from '@flowmesh/platform/access';
import { assertCost } from '../limits/operation-cost.ts';
import { assertPlainLiterals, assertPlainVariables } from '../limits/plain-text.ts';
import type { GatewayContext } from '../supergraph/subgraph-data-source.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';

export interface ResolvedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What every valid operation must pass before anything of it is executed, however it came. Throws the refusal. */
export function checkOperation(supergraph: Supergraph, resolved: ResolvedOperation, viewer: Viewer): void {
  const { document, operation, operationName, variables } = resolved;
  const refusal = supergraph.guard(document, operationName, viewer);
  if (refusal) throw refusal;
  assertPlainVariables(variables);
  assertPlainLiterals(document);
  assertCost(supergraph.cost(document, operation, variables));
}

/** The same for queries and mutations inside Apollo Server's pipeline. */
export function operationChecksPlugin(supergraph: Supergraph): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation({ document, operation, operationName, request, contextValue }) {
          if (!operation) return Promise.resolve();
          const variables = request.variables ?? {};
          const resolved = { document, operation, operationName: operationName ?? undefined, variables };
          try {
            checkOperation(supergraph, resolved, contextValue.call.viewer);
          } catch (error) {
            throw withStatus(error);
          }
          return Promise.resolve();
        },
      }),
  };
}

const STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  REAUTHENTICATION_REQUIRED: 403,
  BAD_USER_INPUT: 400,
};

/** Tells Apollo Server, which reads `extensions.http` and does not show it, the status of a refusal. */
function withStatus(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  const status = STATUS[String(error.extensions.code)] ?? 400;
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { ...error.extensions, http: { status } },
  });
}
