import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const auditLogs: QueryResolvers['auditLogs'] = (_parent, args, { services, viewer }) =>
  services.audit.page(viewer, args);
