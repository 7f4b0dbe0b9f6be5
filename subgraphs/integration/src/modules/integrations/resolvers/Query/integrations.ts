import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const integrations: QueryResolvers['integrations'] = (_root, args, { services, viewer }) =>
  services.integrations.list(viewer, args);
