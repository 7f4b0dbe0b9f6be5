import type { ExecutionResult } from 'graphql';
import type { CallContext } from '@flowmesh/platform/federation';

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
