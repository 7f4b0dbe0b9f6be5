import type { GatewayExecutor } from '@apollo/server-gateway-interface';
import { getOperationAST, getVariableValues, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { badInput } from '@flowmesh/platform/errors';
import type { CallContext } from '@flowmesh/platform/federation';
import type { OperationPlan, PlanRunner } from './plan-runner.ts';

/** Context of one client operation, by reference through Apollo Server. */
export interface GatewayContext {
  readonly call: CallContext;
}

/** Executes what Apollo Server has parsed and validated. */
export function createExecutor(schema: GraphQLSchema, runner: PlanRunner): GatewayExecutor {
  const plans = new LRUCache<string, OperationPlan>({ max: 1_000 });
  return async ({ document, operationName, queryHash, request, context }) => {
    const { call } = context as unknown as GatewayContext;
    const name = operationName ?? undefined;
    const definitions = getOperationAST(document, name)?.variableDefinitions ?? [];
    const { coerced, errors } = getVariableValues(schema, definitions, { ...request.variables }, { maxErrors: 20 });
    if (errors) return { errors: errors.map(({ message }) => badInput('variables', message)) };
    const key = `${queryHash} ${name ?? ''}`;
    let plan = plans.get(key);
    if (!plan) plans.set(key, (plan = runner.planOperation(document, name)));
    const { data, errors: failures } = await plan.execute(coerced, call);
    return { data, errors: failures };
  };
}
