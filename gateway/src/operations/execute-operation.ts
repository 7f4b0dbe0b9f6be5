import type { ApolloServer } from '@apollo/server';
import { GraphQLError, type ExecutionResult, type FormattedExecutionResult } from 'graphql';
import type { SubscriptionPreparer } from '../subscriptions/prepared-subscription.ts';
import type { FederatedSubscriptions } from '../subscriptions/federated-subscriptions.ts';
import type { CallContext, GraphQLRequest } from '@flowmesh/platform/federation';
import { mapStream } from '@flowmesh/platform/federation';
import type { GatewayContext } from '../supergraph/subgraph-data-source.ts';

type FormatResult = (result: { errors: readonly unknown[] }) => readonly GraphQLError[];

/**
 * Executes any operation for the protocols that can stream (WebSocket, SSE): queries and mutations through Apollo
 * Server, subscriptions through the query plan. Never throws; errors are formatted as over HTTP.
 */
export class OperationExecutor {
  constructor(
    private readonly server: ApolloServer<GatewayContext>,
    private readonly preparer: SubscriptionPreparer,
    private readonly subscriptions: FederatedSubscriptions,
    private readonly format: FormatResult,
  ) {}

  async run(
    request: GraphQLRequest,
    call: CallContext,
  ): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
    try {
      const resolved = this.preparer.resolve(request);
      if (!('operation' in resolved)) return this.failed(resolved);
      if (resolved.operation.operation !== 'subscription') return await this.executeOnce(request, call);
      const prepared = await this.preparer.prepare(request, resolved, call.viewer);
      if (!('plan' in prepared)) return this.failed(prepared);
      const stream = await this.subscriptions.subscribe(request, prepared, call);
      if (!(Symbol.asyncIterator in stream)) return this.failed(stream.errors);
      return this.guarded(stream);
    } catch (error) {
      return this.failed([error]);
    }
  }

  private async executeOnce(request: GraphQLRequest, call: CallContext): Promise<ExecutionResult> {
    const { query, operationName, variables } = request;
    const response = await this.server.executeOperation(
      { query, operationName, variables: { ...variables } },
      { contextValue: { call } },
    );
    if (response.body.kind !== 'single') throw new GraphQLError('Incremental delivery is not supported.');
    return withErrors(response.body.singleResult);
  }

  /** A stream that ends with a formatted error instead of throwing. */
  private guarded(stream: AsyncIterableIterator<ExecutionResult>): AsyncIterableIterator<ExecutionResult> {
    const formatted = mapStream(stream, (result) =>
      result.errors ? { ...result, errors: this.format({ errors: result.errors }) } : result,
    );
    let failed = false;
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: async () => {
        if (failed) return { value: undefined, done: true };
        try {
          return await formatted.next();
        } catch (error) {
          failed = true;
          return { value: this.failed([error]), done: false };
        }
      },
      return: async () => (await formatted.return?.()) ?? { value: undefined, done: true },
    };
  }

  private failed(errors: readonly unknown[]): ExecutionResult {
    return { errors: this.format({ errors }) };
  }
}

function withErrors({ data, errors, extensions }: FormattedExecutionResult): ExecutionResult {
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors ? { errors: errors.map(({ message, ...rest }) => new GraphQLError(message, rest)) } : {}),
    ...(extensions ? { extensions } : {}),
  };
}
