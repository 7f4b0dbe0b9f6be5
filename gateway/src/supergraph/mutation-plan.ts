import type { GraphQLError, DocumentNode, ExecutionResult, FieldNode } from 'graphql';
import type { OperationPlan } from './plans.ts';
import { refusalAtRoot, rootFields, withRootFields } from './root-fields.ts';

/**
 * The fields of a mutation happen one after the other, each with all that is below it, and none after one that has
 * made the whole answer null. Over the borders of subgraphs that holds only when each has a plan of its own.
 */
export function createMutationPlan(
  document: DocumentNode,
  operationName: string | undefined,
  planOne: (document: DocumentNode) => OperationPlan,
): OperationPlan {
  // Which fields there are depends on conditions, so on variables.
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
        // Data loaders must not remember what was true before the mutation.
        const result: ExecutionResult = await planOf(nodes).execute(variables, { ...call });
        errors.push(...(result.errors ?? []));
        if (!result.data) return { errors, data: null };
        Object.assign(data, result.data);
      }
      return errors.length > 0 ? { errors, data } : { data };
    },
  };
}
