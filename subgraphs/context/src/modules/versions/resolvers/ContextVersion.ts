import { isServiceId } from '@flowmesh/platform/access';
import type { ContextVersionResolvers } from '../../../__generated__/graphql.ts';
import { actorOf } from '../../contexts/actor.ts';
import { WORKERS } from '../../contexts/workers.ts';

export const ContextVersion: ContextVersionResolvers = {
  __resolveReference: ({ contextId, version }, { loaders }) => loaders.versions.load({ contextId, version }),
  author: ({ authorId }) => (isServiceId(authorId) ? null : { __typename: 'User', id: authorId }),
  ...WORKERS,
  context: ({ contextId }, _args, { loaders }) => loaders.contextsOfVersions.load(contextId),
  resolved: async ({ contextId, version }, _args, { services, loaders, viewer }) => {
    services.accesses.note(contextId, actorOf(viewer));
    const context = await loaders.contextsOfVersions.load(contextId);
    return services.resolution.resolve(context, { version }, ({ id }) => loaders.layersOfContext.load(id));
  },
};
