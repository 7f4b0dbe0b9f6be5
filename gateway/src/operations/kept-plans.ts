import type { OperationDefinitionNode } from 'graphql';
import type { Viewer } from '@flowmesh/platform/access';
import { planSubscription, type PlannedSubscription } from '../subscriptions/planned-subscription.ts';
import type { OperationPlan } from '../supergraph/plans.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import type { KnownOperation } from './known-documents.ts';

/** Plans are computed once per operation, and cached as long as its document. */
export class KeptPlans {
  private readonly operations = new WeakMap<OperationDefinitionNode, OperationPlan>();
  private readonly subscriptions = new WeakMap<OperationDefinitionNode, Promise<PlannedSubscription>>();

  constructor(private readonly supergraph: Supergraph) {}

  /** Of a query or mutation. */
  operation({ document, operation }: KnownOperation): OperationPlan {
    let plan = this.operations.get(operation);
    if (!plan) {
      plan = this.supergraph.plans.planOperation(document, operation.name?.value);
      this.operations.set(operation, plan);
    }
    return plan;
  }

  /** Rejects if it cannot be planned in time. */
  subscription(known: KnownOperation, viewer: Viewer): Promise<PlannedSubscription> {
    const { operation } = known;
    let plan = this.subscriptions.get(operation);
    if (!plan) {
      this.subscriptions.set(operation, (plan = planSubscription(this.supergraph, known, viewer)));
      plan.catch(() => this.subscriptions.delete(operation));
    }
    return plan;
  }
}
