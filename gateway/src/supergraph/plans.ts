import type { ExecutionResult } from 'graphql';
import type { CallContext } from '@flowmesh/platform/federation';

type Variables = Readonly<Record<string, unknown>>;

/** The plan of a query or mutation. */
export interface OperationPlan {
  /**
   * `variables`: coerced. Errors of subgraphs are never thrown: they are in `errors`, with the client's path and the
   * subgraph's code, not yet masked.
   */
  execute(variables: Variables, call: CallContext): Promise<ExecutionResult>;
}

/** The plan of a subscription: the stream to open at one subgraph, and the fetches for each of its events. */
export interface SubscriptionPlan {
  readonly subgraph: string;
  readonly query: string;
  readonly operationName: string | undefined;
  /** Those of the client's coerced variables that the stream needs. */
  streamVariables(variables: Variables): Variables;
  /**
   * Completes one event of the stream to the client's response: entity joins, aliases, order of fields. Modifies the
   * event.
   */
  complete(event: ExecutionResult, variables: Variables, call: CallContext): Promise<ExecutionResult>;
}
