import type { FetchNode, PlanNode } from '@apollo/query-planner';
import { Kind, parse, print, visit, type DocumentNode, type VariableDefinitionNode } from 'graphql';
import type { PlanRoot } from './planner.ts';

/**
 * Declares the variables that the operations of a plan use without declaring them. The planner (2.14) forgets those in
 * a fragment of which it has moved a part. Modifies the plan and returns it.
 */
export function completeVariables(plan: PlanRoot, planned: DocumentNode): PlanRoot {
  const declared = new Map<string, VariableDefinitionNode>();
  visit(planned, {
    [Kind.VARIABLE_DEFINITION]: (node) => {
      declared.set(node.variable.name.value, node);
      return false;
    },
  });
  if (plan && declared.size > 0) for (const fetch of fetchesOf(plan)) complete(fetch, declared);
  return plan;
}

function fetchesOf(node: PlanNode | NonNullable<PlanRoot>): FetchNode[] {
  switch (node.kind) {
    case 'Fetch':
      return [node];
    case 'Flatten':
      return fetchesOf(node.node);
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap(fetchesOf);
    case 'Condition':
      return [node.ifClause, node.elseClause].flatMap((clause) => (clause ? fetchesOf(clause) : []));
    case 'Subscription':
      return [node.primary, node.rest].flatMap((part) => (part ? fetchesOf(part) : []));
    case 'Defer':
      throw new Error('the planner was told not to defer');
  }
}

function complete(fetch: FetchNode, declared: ReadonlyMap<string, VariableDefinitionNode>): void {
  const document = parse(fetch.operation, { noLocation: true });
  const known = new Set<string>();
  const missing = new Map<string, VariableDefinitionNode>();
  visit(document, {
    [Kind.VARIABLE_DEFINITION]: ({ variable }) => {
      known.add(variable.name.value);
      return false;
    },
  });
  visit(document, {
    [Kind.VARIABLE]: ({ name }) => {
      const definition = declared.get(name.value);
      if (definition && !known.has(name.value)) missing.set(name.value, definition);
    },
  });
  if (missing.size === 0) return;
  const whole = visit(document, {
    [Kind.OPERATION_DEFINITION]: (node) => ({
      ...node,
      variableDefinitions: [...(node.variableDefinitions ?? []), ...missing.values()],
    }),
  });
  Object.assign(fetch, {
    operation: print(whole),
    variableUsages: [...(fetch.variableUsages ?? []), ...missing.keys()],
  });
}
