// The only file that uses parts of the Apollo gateway that are not its public interface; the package is pinned, and
// plan-runner.test.ts is the canary.
import { executeQueryPlan } from '@apollo/gateway/dist/executeQueryPlan.js';
import { buildOperationContext } from '@apollo/gateway/dist/operationContext.js';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner, type FetchNode, type PlanNode, type SubscriptionNode } from '@apollo/query-planner';
import { OperationTypeNode, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { GatewayContext, SubgraphDataSource } from './subgraph-data-source.ts';

/** How to serve a subscription: the stream to open at one subgraph, and what to fetch for each of its events. */
export interface SubscriptionPlan {
  readonly subgraph: string;
  readonly query: string;
  readonly operationName: string | undefined;
  /** Names of the client's variables the stream needs. */
  readonly variableNames: readonly string[];
  /** Completes one event of the stream into the client's answer: entity joins, aliases, order of fields. */
  complete(
    event: ExecutionResult,
    variables: Record<string, unknown>,
    context: GatewayContext,
  ): Promise<ExecutionResult>;
}

/** How to answer a query or mutation. */
export interface OperationPlan {
  /** `variables` as they came: what is absent stays absent. */
  execute(variables: Record<string, unknown>, context: GatewayContext): Promise<ExecutionResult>;
}

export interface PlanRunner {
  planOperation(document: DocumentNode, operationName: string | undefined): OperationPlan;
  planSubscription(document: DocumentNode, operationName: string | undefined): SubscriptionPlan;
}

/** Name of the source that stands in for the stream while one event is completed. */
const EVENT_SOURCE = '__event';

export function createPlanRunner(
  sdl: string,
  schema: GraphQLSchema,
  services: Readonly<Record<string, SubgraphDataSource>>,
): PlanRunner {
  const supergraph = Supergraph.build(sdl, { validateSupergraph: false });
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema();
  const apiSchema = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph);

  return {
    planOperation(document, operationName) {
      const plan = planner.buildQueryPlan(operationFromDocument(apiSchema, document, { operationName }));
      const operationContext = buildOperationContext({ schema, operationDocument: document, operationName });
      return {
        execute: async (variables, context) =>
          executeQueryPlan(
            plan,
            services,
            requestContextOf(variables, context),
            operationContext,
            supergraphSchema,
            apiSchema,
          ),
      };
    },
    planSubscription(document, operationName) {
      const operation = operationFromDocument(apiSchema, document, { operationName });
      const { node } = planner.buildQueryPlan(operation);
      if (node?.kind !== 'Subscription') throw new Error('the plan of a subscription is no subscription');
      const { primary, rest } = node as SubscriptionNode;
      const plan = { kind: 'QueryPlan' as const, node: planOfEvent(primary, rest) };
      const operationContext = buildOperationContext({ schema, operationDocument: document, operationName });
      return {
        subgraph: primary.serviceName,
        query: primary.operation,
        operationName: primary.operationName,
        variableNames: primary.variableUsages ?? [],
        async complete(event, variables, context) {
          const eventSource = { process: () => Promise.resolve(structuredClone(plainResult(event))) };
          const requestContext = requestContextOf(variables, context);
          const serviceMap = { ...services, [EVENT_SOURCE]: eventSource };
          return executeQueryPlan(plan, serviceMap, requestContext, operationContext, supergraphSchema, apiSchema);
        },
      };
    },
  };
}

function requestContextOf(variables: Record<string, unknown>, context: GatewayContext) {
  const request = { request: { variables }, context, metrics: {}, overallCachePolicy: {} };
  return request as unknown as Parameters<typeof executeQueryPlan>[2];
}

function planOfEvent(primary: FetchNode, rest: PlanNode | undefined): PlanNode {
  const event: FetchNode = { ...primary, serviceName: EVENT_SOURCE, operationKind: OperationTypeNode.QUERY };
  return { kind: 'Sequence', nodes: rest ? [event, rest] : [event] };
}

function plainResult(event: ExecutionResult) {
  const errors = event.errors?.map(({ message, path, extensions }) => ({ message, path, extensions }));
  return errors ? { data: event.data, errors } : { data: event.data };
}
