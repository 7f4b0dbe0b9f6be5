import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const createContext: MutationResolvers['createContext'] = (_root, { input }, { services, viewer }) =>
  services.contexts.create(viewer, input);
