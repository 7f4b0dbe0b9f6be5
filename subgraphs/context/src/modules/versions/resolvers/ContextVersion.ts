import { isServiceId, signedIn } from '@flowmesh/platform/access';
import type { ContextVersionResolvers } from '../../../__generated__/graphql.ts';

export const ContextVersion: ContextVersionResolvers = {
  __resolveReference: ({ contextId, version }, { loaders }) => loaders.versions.load({ contextId, version }),
  author: ({ authorId }) => (isServiceId(authorId) ? null : { __typename: 'User', id: authorId }),
  context: ({ contextId }, _args, { loaders }) => loaders.contextsOfVersions.load(contextId),
  resolved: async ({ contextId, version }, _args, { services, loaders, viewer }) => {
    services.accesses.note(contextId, signedIn(viewer).userId);
    const context = await loaders.contextsOfVersions.load(contextId);
    return services.resolution.resolve(context, { version }, ({ id }) => loaders.layersOfContext.load(id));
  },
};
