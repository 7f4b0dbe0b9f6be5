import { NO_CLIENT, type Caller, type Viewer } from '../access/index.ts';
import type { CallContext } from '../federation/source.ts';

/**
 * What resolvers reach, and nothing else: who asks, the services of the subgraph, and batched reads. One for each
 * operation, and for each event of a subscription: loaders never outlive what they have read.
 */
export interface OperationContext<Services, Loaders> extends Caller {
  readonly services: Services;
  readonly loaders: Loaders;
}

/** Makes the contexts of a subgraph; each has loaders of its own. */
export const contextFactory =
  <Services, Loaders>(
    services: Services,
    createLoaders: (viewer: Viewer, services: Services) => Loaders,
  ): ((call: CallContext) => OperationContext<Services, Loaders>) =>
  (call) => ({
    ...call,
    client: call.client ?? NO_CLIENT,
    services,
    loaders: createLoaders(call.viewer, services),
  });
