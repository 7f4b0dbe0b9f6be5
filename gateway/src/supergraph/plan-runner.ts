import { operationFromDocument, printSchema, type Supergraph } from '@apollo/federation-internals';
import { QueryPlanner, type PlanNode, type SubscriptionNode } from '@apollo/query-planner';
import {
  getOperationAST,
  isInterfaceType,
  isObjectType,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import type { CallContext, SubgraphSources } from '@flowmesh/platform/federation';
import { plannedVariable, readClientOperation } from './client-operation.ts';
import { createMutationPlan } from './mutation-plan.ts';
import { PlanExecution, usedVariables } from './plan-execution.ts';
import { refusalAtRoot } from './root-fields.ts';
import { ResponseShape } from './response-shape.ts';

type Variables = Readonly<Record<string, unknown>>;

/** How to answer a query or mutation. */
export interface OperationPlan {
  /**
   * `variables`: coerced. What a subgraph does is never thrown: it is in `errors`, with the client's path and the
   * subgraph's code, not yet masked.
   */
  execute(variables: Variables, call: CallContext): Promise<ExecutionResult>;
}

/** How to serve a subscription: the stream to open at one subgraph, and what to fetch for each of its events. */
export interface SubscriptionPlan {
  readonly subgraph: string;
  readonly query: string;
  readonly operationName: string | undefined;
  /** Of the client's coerced variables, those the stream needs. */
  streamVariables(variables: Variables): Variables;
  /** Completes one event of the stream into the client's answer: entity joins, aliases, order of fields. Uses it up. */
  complete(event: ExecutionResult, variables: Variables, call: CallContext): Promise<ExecutionResult>;
}

/** Plans operations that are valid. Planning takes processor time, so keep the plans. */
export interface PlanRunner {
  /** Of a query or mutation. */
  planOperation(document: DocumentNode, operationName: string | undefined): OperationPlan;
  planSubscription(document: DocumentNode, operationName: string | undefined): SubscriptionPlan;
}

export function createPlanRunner(supergraph: Supergraph, schema: GraphQLSchema, sources: SubgraphSources): PlanRunner {
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema();
  const apiSchema = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph);
  const fieldNames = fieldNamesOf(schema);
  const shape = new ResponseShape(schema, printSchema(apiSchema), fieldNames);

  const plan = (document: DocumentNode, operationName: string | undefined) => {
    const operation = readClientOperation(document, operationName, fieldNames);
    const planned = operationFromDocument(apiSchema, operation.planned, { validate: false });
    return { operation, node: planner.buildQueryPlan(planned).node };
  };

  const execution = (variables: Variables, call: CallContext) =>
    new PlanExecution(supergraphSchema, sources, withPlannedVariables(variables), call);

  const planOne = (document: DocumentNode, operationName: string | undefined): OperationPlan => {
    const { operation, node } = plan(document, operationName);
    return {
      async execute(variables, call) {
        const refusal = refusalAtRoot(document, operationName, variables);
        if (refusal) return { errors: [refusal], data: null };
        const run = execution(variables, call);
        if (node) await run.run(node as PlanNode);
        return shape.shape(operation, variables, run.data, run.errors);
      },
    };
  };

  return {
    planOperation: (document, operationName) =>
      getOperationAST(document, operationName)?.operation === 'mutation'
        ? createMutationPlan(document, operationName, (one) => planOne(one, operationName))
        : planOne(document, operationName),
    planSubscription(document, operationName) {
      const { operation, node } = plan(document, operationName);
      if (node?.kind !== 'Subscription') throw new Error('the plan of a subscription is no subscription');
      const { primary, rest } = node as SubscriptionNode;
      return {
        subgraph: primary.serviceName,
        query: primary.operation,
        operationName: primary.operationName,
        streamVariables: (variables) => usedVariables(primary, withPlannedVariables(variables)),
        async complete(event, variables, call) {
          const run = execution(variables, call);
          run.take(primary, event);
          if (rest) await run.run(rest);
          return shape.shape(operation, variables, run.data, run.errors);
        },
      };
    },
  };
}

/** Names of all fields there are: the planner may add any of them. */
function fieldNamesOf(schema: GraphQLSchema): ReadonlySet<string> {
  const names = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) || isInterfaceType(type)) for (const name of Object.keys(type.getFields())) names.add(name);
  }
  return names;
}

const withPlannedVariables = (variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [plannedVariable(name), value]));
