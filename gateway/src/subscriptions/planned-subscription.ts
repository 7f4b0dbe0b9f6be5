import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import type { Viewer } from '@flowmesh/platform/access';
import type { SubscriptionPlan } from '../supergraph/plans.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { startVariable, streamCursor, type StreamCursor } from './stream-cursor.ts';

/** All that is known of a subscription before it has variables. */
export interface PlannedSubscription {
  /** Text of its document and its own name: equal ones mean the same. */
  readonly identity: readonly [text: string, operationName: string | undefined];
  readonly plan: SubscriptionPlan;
  /** Null when the places of its messages cannot be known. */
  readonly cursor: StreamCursor | null;
  /** Name of the variable that says only where the stream begins. */
  readonly startVariable: string | undefined;
}

export async function planSubscription(
  { schema, plans }: Supergraph,
  subscription: { readonly text: string; readonly document: DocumentNode; readonly operation: OperationDefinitionNode },
  viewer: Viewer,
): Promise<PlannedSubscription> {
  const { text, document, operation } = subscription;
  const operationName = operation.name?.value;
  const plan = await plans.planSubscription(document, operationName, viewer);
  return {
    identity: [text, operationName],
    plan,
    cursor: streamCursor(schema, plan.query),
    startVariable: startVariable(document, operation),
  };
}
