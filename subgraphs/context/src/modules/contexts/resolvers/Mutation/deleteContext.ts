import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteContext: MutationResolvers['deleteContext'] = (_root, { input }, { services, viewer }) =>
  services.contexts.delete(viewer, input);
