import { connectionResolvers } from '@flowmesh/platform/connections';
import type { AuditLogConnectionResolvers } from '../../../__generated__/graphql.ts';

export const AuditLogConnection: AuditLogConnectionResolvers = {
  ...connectionResolvers,
  completeUntil: (_connection, _args, { services }) => services.audit.completeUntil(),
};
