import type { GraphQLError, DocumentNode, ExecutionResult, FieldNode } from 'graphql';
import type { OperationPlan } from './plans.ts';
import { refusalAtRoot, rootFields, withRootFields } from './root-fields.ts';

/**
 * The fields of a mutation are executed serially, each with its whole selection, and none after one that makes the
 * whole response null. Across subgraphs this is guaranteed only if each field has its own plan.
 */
export function createMutationPlan(
  document: DocumentNode,
  operationName: string | undefined,
  planOne: (document: DocumentNode) => OperationPlan,
): OperationPlan {
  // The fields depend on conditions, and so on variables.
  const plans = new Map<FieldNode, { readonly fields: readonly FieldNode[]; readonly plan: OperationPlan }[]>();
  const planOf = (fields: readonly FieldNode[]): OperationPlan => {
    const [first] = fields;
    if (!first) throw new Error('a field of the root without a place in the document');
    const known = plans.get(first) ?? [];
    const same = known.find(
      (each) => each.fields.length === fields.length && each.fields.every((field, at) => field === fields[at]),
    );
    if (same) return same.plan;
    const plan = planOne(withRootFields(document, operationName, fields));
    plans.set(first, [...known, { fields, plan }]);
    return plan;
  };

  return {
    async execute(variables, call) {
      const refusal = refusalAtRoot(document, operationName, variables);
      if (refusal) return { errors: [refusal], data: null };
      const fields = rootFields(document, operationName, variables);
      const data: Record<string, unknown> = {};
      const errors: GraphQLError[] = [];
      for (const nodes of fields.values()) {
        // Data loaders must not keep data from before the mutation.
        const result: ExecutionResult = await planOf(nodes).execute(variables, { ...call });
        errors.push(...(result.errors ?? []));
        if (!result.data) return { errors, data: null };
        Object.assign(data, result.data);
      }
      return errors.length > 0 ? { errors, data } : { data };
    },
  };
}
