import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from '../../../__generated__/graphql.ts';
import { AuditLog } from './AuditLog.ts';
import { auditActions } from './Query/auditActions.ts';
import { auditLogs } from './Query/auditLogs.ts';

export const auditResolvers = {
  Query: { auditLogs, auditActions },
  AuditLog,
  AuditLogConnection: {
    ...connectionResolvers,
    completeUntil: (_connection, _args, { audit }) => audit.completeUntil(),
  },
} satisfies Resolvers;
