import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import type { CallContext, SubgraphSource } from '@flowmesh/platform/federation';
import { unavailable } from '@flowmesh/platform/errors';

/** Context of one client operation, by reference through the Apollo gateway. */
export interface GatewayContext {
  readonly call: CallContext;
}

/** Lets the Apollo gateway fetch from one of our sources. */
export class SubgraphDataSource implements GraphQLDataSource<GatewayContext> {
  constructor(
    private readonly name: string,
    private readonly source: SubgraphSource | undefined,
  ) {}

  async process({
    request,
    context,
  }: GraphQLDataSourceProcessOptions<GatewayContext>): Promise<GatewayGraphQLResponse> {
    if (!this.source) throw unavailable(`The ${this.name} service is not part of this installation.`);
    const { query, operationName, variables } = request;
    // The gateway loads its schema without a context only for introspecting subgraphs, which we never ask it to.
    if (!('call' in context) || !query) throw new Error('a fetch without an operation');
    const result = await this.source.execute({ query, operationName, variables }, context.call);
    return { data: result.data, errors: result.errors?.map((error) => error.toJSON()) };
  }
}
