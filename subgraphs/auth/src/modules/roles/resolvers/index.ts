import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from '../../../__generated__/graphql.ts';
import { assignRole } from './Mutation/assignRole.ts';
import { revokeRole } from './Mutation/revokeRole.ts';
import { roles } from './Query/roles.ts';
import { Role } from './Role.ts';

export const roleResolvers = {
  Query: { roles },
  Mutation: { assignRole, revokeRole },
  Role,
  RoleConnection: connectionResolvers,
} satisfies Resolvers;
