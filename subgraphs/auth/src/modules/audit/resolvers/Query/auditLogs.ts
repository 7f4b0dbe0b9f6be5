import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const auditLogs: QueryResolvers['auditLogs'] = (_parent, args, { viewer, audit }) => audit.page(viewer, args);
