import { createHash } from 'node:crypto';
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Viewer } from '@flowmesh/platform/access';
import { unavailable } from '@flowmesh/platform/errors';
import { mapStream, type CallContext, type SubgraphSources } from '@flowmesh/platform/federation';
import type { FeedMessage } from './event-feed.ts';
import { FeedHub } from './feed-hub.ts';
import type { PlannedSubscription } from './planned-subscription.ts';

/**
 * Opens a subscription at the subgraph that owns it and completes each event through the rest of the query plan, so
 * that entities of other subgraphs can be joined.
 *
 * Every subscriber begins with its own stream from the subgraph, with its own snapshot, `after` and authorisation.
 * Subscribers whose further messages must be equal (same operation, variables and viewer with the same scopes and roles) then
 * share one stream, and each event is joined once for all of them.
 */
export class FederatedSubscriptions {
  readonly hub = new FeedHub();

  constructor(private readonly sources: SubgraphSources) {}

  async subscribe(
    planned: PlannedSubscription,
    variables: Readonly<Record<string, unknown>>,
    call: CallContext,
  ): Promise<AsyncIterableIterator<ExecutionResult> | { errors: readonly GraphQLError[] }> {
    const { plan, cursor } = planned;
    const source = this.sources.get(plan.subgraph);
    if (!source) throw unavailable(`The ${plan.subgraph} service is not part of this installation.`);
    const { operationName } = plan;
    const query = cursor?.query ?? plan.query;
    const stream = await source.subscribe({ query, operationName, variables: plan.streamVariables(variables) }, call);
    if (!(Symbol.asyncIterator in stream)) return { errors: stream.errors ?? [] };

    const messages = mapStream(stream, async (event): Promise<FeedMessage> => {
      // Each event has its own call, because data loaded for an earlier event may be outdated.
      const result = await plan.complete(event, variables, { ...call });
      return { cursor: cursor?.cursorOf(event) ?? null, result };
    });
    return this.hub.subscribe(cursor && sharingKey(planned, variables, call.viewer), messages);
  }
}

/** The start position is not part of the key: streams that begin separately can be merged. */
function sharingKey(
  { identity, startVariable }: PlannedSubscription,
  variables: Readonly<Record<string, unknown>>,
  viewer: Viewer,
): string {
  const lasting = Object.entries(variables).filter(([name]) => name !== startVariable);
  const key = JSON.stringify([identity, lasting.sort(byName), rightsOf(viewer)]);
  return createHash('sha256').update(key).digest('base64');
}

const byName = ([one]: [string, unknown], [other]: [string, unknown]) => (one < other ? -1 : 1);

function rightsOf(viewer: Viewer): unknown {
  if (viewer.kind === 'anonymous') return null;
  return [viewer.kind, viewer.userId, viewer.scopes, 'roleIds' in viewer ? viewer.roleIds : null];
}
