import { hasScope } from '@flowmesh/platform/access';
import type { ContextResolvers } from '../../../__generated__/graphql.ts';
import { actorOf } from '../actor.ts';

/** Without it, nothing can be changed, whatever is shared. */
const WRITE = 'context:write';
const BYTES_PER_MB = 1_000_000;

export const Context: ContextResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.contexts.load(id),
  tags: ({ tags }) => [...tags],
  version: async ({ id, version }, _args, { services, viewer }) => {
    await services.versions.pinFor(viewer, id, version);
    return version;
  },
  sizeMb: ({ sizeBytes }) => sizeBytes / BYTES_PER_MB,
  access: ({ access }, _args, { viewer }) => (hasScope(viewer, WRITE) ? access : 'READ'),
  owner: ({ ownerId }) => ({ __typename: 'User', id: ownerId }),
  layers: async (context, when, { services, loaders }) => [
    ...(await services.resolution.layersOf(context, when, ({ id }) => loaders.layersOfContext.load(id))),
  ],
  resolved: async (context, when, { services, loaders, viewer }) => {
    services.accesses.note(context.id, actorOf(viewer));
    if (!when.asOf) await services.versions.pinFor(viewer, context.id, when.version ?? context.version);
    return services.resolution.resolve(context, when, ({ id }) => loaders.layersOfContext.load(id));
  },
  versions: ({ id }, args, { loaders }) => loaders.versionsOfContext(args).load(id),
  diff: (context, { from, to }, { services, loaders }) =>
    services.versions.diff(context, from, to ?? null, ({ id }) => loaders.layersOfContext.load(id)),
  shares: async (context, _args, { loaders }) => {
    const shares = await loaders.shares.load(context);
    return shares && [...shares];
  },
  analytics: (context, asked, { services }) => services.analytics.ofContext(context, asked),
};
