import type { ApolloServerPlugin } from '@apollo/server';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
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
          checkOperation(supergraph, resolved, contextValue.call.viewer);
          return Promise.resolve();
        },
      }),
  };
}
