import { badInput } from '@flowmesh/platform/errors';
import type { ContextSearchHitResolvers } from '../../../__generated__/graphql.ts';

/** It went away since it was found. */
const gone = () => badInput('input', 'what was found has gone meanwhile; search again');

export const ContextSearchHit: ContextSearchHitResolvers = {
  layer: async ({ layerId }, _args, { loaders }) => {
    const layer = await loaders.layers.load(layerId);
    if (!layer) throw gone();
    return layer;
  },
  context: async ({ contextId }, _args, { loaders }) => {
    const context = await loaders.contexts.load(contextId);
    if (!context) throw gone();
    return context;
  },
};
