import { createHash } from 'node:crypto';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Viewer } from '@flowmesh/platform/access';
import { unavailable } from '@flowmesh/platform/errors';
import { mapStream, type CallContext, type GraphQLRequest, type SubgraphSources } from '@flowmesh/platform/federation';
import type { PreparedSubscription } from './prepared-subscription.ts';

/** Answers completed lately, for subscribers of the same event: long enough for a burst, too short to grow stale. */
const SHARED_MS = 1_000;
const SHARED_ENTRIES = 500;

/**
 * Opens a subscription at the subgraph that owns it and completes each event through the rest of the query plan, so
 * that entities of other subgraphs can be joined.
 *
 * Every subscriber has its own stream from the subgraph: its own snapshot, its own `after`, its own authorisation. The
 * work of joining one event is shared between subscribers for whom it must come out the same: same operation, same
 * variables, same viewer with the same scopes, same event.
 */
export class FederatedSubscriptions {
  private readonly shared = new LRUCache<string, Promise<ExecutionResult>>({ max: SHARED_ENTRIES, ttl: SHARED_MS });

  constructor(private readonly sources: SubgraphSources) {}

  async subscribe(
    request: GraphQLRequest,
    { plan, variables }: PreparedSubscription,
    call: CallContext,
  ): Promise<AsyncIterableIterator<ExecutionResult> | { errors: readonly GraphQLError[] }> {
    const source = this.sources.get(plan.subgraph);
    if (!source) throw unavailable(`The ${plan.subgraph} service is not part of this installation.`);
    const own = Object.fromEntries(
      plan.variableNames.flatMap((name) => (name in variables ? [[name, variables[name]]] : [])),
    );
    const { query, operationName } = plan;
    const stream = await source.subscribe({ query, operationName, variables: own }, call);
    if (!(Symbol.asyncIterator in stream)) return { errors: stream.errors ?? [] };

    const key = JSON.stringify([request.query, request.operationName, variables, rightsOf(call.viewer)]);
    const prefix = createHash('sha256').update(key).digest('base64');
    return mapStream(stream, (event) => {
      const eventKey = `${prefix} ${JSON.stringify(event)}`;
      let completed = this.shared.get(eventKey);
      if (!completed) {
        // Each event has a call of its own: what the loaders of an earlier one saw may not be true any more.
        completed = plan.complete(event, variables, { call: { ...call } });
        this.shared.set(eventKey, completed);
      }
      return completed;
    });
  }
}

function rightsOf(viewer: Viewer): unknown {
  return viewer.kind === 'anonymous' ? null : [viewer.kind, viewer.userId, viewer.scopes];
}
