import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const agents: QueryResolvers['agents'] = (_root, { filter, orderBy, first, after }, { services, viewer }) =>
  services.agents.list(viewer, filter ?? {}, orderBy ?? {}, { first, after });
