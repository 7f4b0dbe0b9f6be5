import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import type { Viewer } from '@flowmesh/platform/access';
import type { SubscriptionPlan } from '../supergraph/plans.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { startVariable, streamCursor, type StreamCursor } from './stream-cursor.ts';

/** The part of a subscription that does not depend on its variables. */
export interface PlannedSubscription {
  /** Identifies the operation: text of its document and its name. */
  readonly identity: readonly [text: string, operationName: string | undefined];
  readonly plan: SubscriptionPlan;
  /** Null if its messages have no known position. */
  readonly cursor: StreamCursor | null;
  /** Name of the variable that only sets the start of the stream. */
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
