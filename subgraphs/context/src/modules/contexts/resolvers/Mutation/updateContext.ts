import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateContext: MutationResolvers['updateContext'] = (_root, { input }, { services, viewer }) =>
  services.contexts.update(viewer, input);
