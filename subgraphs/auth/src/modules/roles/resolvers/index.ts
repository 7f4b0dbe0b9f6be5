import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from '../../../__generated__/graphql.ts';
import { assignRole } from './Mutation/assignRole.ts';
import { createRole } from './Mutation/createRole.ts';
import { deleteRole } from './Mutation/deleteRole.ts';
import { revokeRole } from './Mutation/revokeRole.ts';
import { updateRole } from './Mutation/updateRole.ts';
import { availableScopes } from './Query/availableScopes.ts';
import { role } from './Query/role.ts';
import { roles } from './Query/roles.ts';
import { GivenAddress } from './GivenAddress.ts';
import { Role } from './Role.ts';

export const roleResolvers = {
  Query: { roles, role, availableScopes },
  Mutation: { createRole, updateRole, deleteRole, assignRole, revokeRole },
  GivenAddress,
  Role,
  RoleConnection: connectionResolvers,
} satisfies Resolvers;
