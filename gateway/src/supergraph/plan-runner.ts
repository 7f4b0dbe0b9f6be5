import { printSchema, type Supergraph } from '@apollo/federation-internals';
import type { PlanNode, SubscriptionNode } from '@apollo/query-planner';
import { getOperationAST, isInterfaceType, isObjectType, type DocumentNode, type GraphQLSchema } from 'graphql';
import type { Viewer } from '@flowmesh/platform/access';
import { PublicError } from '@flowmesh/platform/errors';
import type { CallContext, SubgraphSources } from '@flowmesh/platform/federation';
import { completeVariables } from './complete-variables.ts';
import { withConcreteTypes } from './concrete-selections.ts';
import { plannedVariables, readClientOperation } from './client-operation.ts';
import { entityKeys } from './entity-keys.ts';
import type { Planner } from './planner.ts';
import { createMutationPlan } from './mutation-plan.ts';
import type { OperationPlan, SubscriptionPlan } from './plans.ts';
import { asGraphQLError, PlanExecution, usedVariables } from './plan-execution.ts';
import { refusalAtRoot } from './root-fields.ts';
import { ResponseShape } from './response-shape.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Plans valid operations. Planning takes processor time, so cache the plans. */
export interface PlanRunner {
  /** A query or mutation, which is planned at its first execution. */
  planOperation(document: DocumentNode, operationName: string | undefined): OperationPlan;
  /** Rejects with a PublicError if planning takes too long. */
  planSubscription(
    document: DocumentNode,
    operationName: string | undefined,
    viewer: Viewer,
  ): Promise<SubscriptionPlan>;
}

export function createPlanRunner(options: {
  readonly supergraph: Supergraph;
  /** The schema that clients see. */
  readonly schema: GraphQLSchema;
  readonly planner: Planner;
  readonly sources: SubgraphSources;
}): PlanRunner {
  const { supergraph, schema, planner, sources } = options;
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema();
  const keys = entityKeys(supergraph);
  const fieldNames = fieldNamesOf(schema);
  const shape = new ResponseShape(schema, printSchema(supergraph.apiSchema()), fieldNames);

  const planOf: Planner = async (document, viewer) => {
    const plan = await planner(document, viewer).catch((error: unknown) => {
      // The planner (2.14) fails on nested abstract types with few common members.
      const concrete = error instanceof PublicError ? null : withConcreteTypes(schema, document);
      if (!concrete) throw error;
      return planner(concrete, viewer);
    });
    return completeVariables(plan, document);
  };

  const execution = (variables: Variables, call: CallContext) =>
    new PlanExecution(supergraphSchema, keys, sources, plannedVariables(variables), call);

  const planOne = (document: DocumentNode, operationName: string | undefined): OperationPlan => {
    const operation = readClientOperation(document, operationName, fieldNames);
    let planned: ReturnType<Planner> | undefined;
    return {
      async execute(variables, call) {
        const refusal = refusalAtRoot(document, operationName, variables);
        if (refusal) return { errors: [refusal], data: null };
        const run = execution(variables, call);
        try {
          planned ??= planOf(operation.planned, call.viewer);
          const node = await planned;
          if (node) await run.run(node as PlanNode);
        } catch (error) {
          planned = undefined;
          return { errors: [asGraphQLError(error)] };
        }
        return shape.shape(operation, variables, run.data, run.errors, run.turns);
      },
    };
  };

  return {
    planOperation: (document, operationName) =>
      getOperationAST(document, operationName)?.operation === 'mutation'
        ? createMutationPlan(document, operationName, (one) => planOne(one, operationName))
        : planOne(document, operationName),
    async planSubscription(document, operationName, viewer) {
      const operation = readClientOperation(document, operationName, fieldNames);
      const node = await planOf(operation.planned, viewer);
      if (node?.kind !== 'Subscription') throw new Error('the plan of a subscription is no subscription');
      const { primary, rest } = node as SubscriptionNode;
      return {
        subgraph: primary.serviceName,
        query: primary.operation,
        operationName: primary.operationName,
        streamVariables: (variables) => usedVariables(primary, plannedVariables(variables)),
        async complete(event, variables, call) {
          const run = execution(variables, call);
          run.take(primary, event);
          // The stream itself has failed, so there is nothing to join.
          if (event.errors && event.data === undefined) return { errors: run.errors.all };
          if (rest) await run.run(rest);
          return shape.shape(operation, variables, run.data, run.errors, run.turns);
        },
      };
    },
  };
}

/** The names of all fields, because the planner may add any of them. */
function fieldNamesOf(schema: GraphQLSchema): ReadonlySet<string> {
  const names = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) || isInterfaceType(type)) for (const name of Object.keys(type.getFields())) names.add(name);
  }
  return names;
}
