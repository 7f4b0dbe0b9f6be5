import type { ExecutionResult } from 'graphql';
import type { Client } from '../access/client.ts';
import type { Viewer } from '../access/viewer.ts';

export interface GraphQLRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * What goes with every call to a subgraph. One object per client operation (or per event of a subscription): local
 * sources keep the data loaders of the operation by its identity, so pass the same one to all calls of an operation.
 */
export interface CallContext {
  readonly viewer: Viewer;
  readonly requestId: string;
  /** Where the client is. Left out by services that ask by themselves. */
  readonly client?: Client | undefined;
  /** Aborts the call. */
  readonly signal?: AbortSignal | undefined;
}

/** Executes operations of one subgraph, in this process or another. The caller does not know which. */
export interface SubgraphSource {
  readonly name: string;
  execute(request: GraphQLRequest, call: CallContext): Promise<ExecutionResult>;
  /** A single result means the subscription was refused. Ending the iterator ends the subscription at its source. */
  subscribe(
    request: GraphQLRequest,
    call: CallContext,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
  close(): Promise<void>;
}

/** The sources by subgraph name. */
export type SubgraphSources = ReadonlyMap<string, SubgraphSource>;
