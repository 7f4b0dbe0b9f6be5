import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from '../../../__generated__/graphql.ts';
import { createServiceAccount } from './Mutation/createServiceAccount.ts';
import { deleteServiceAccount } from './Mutation/deleteServiceAccount.ts';
import { updateServiceAccount } from './Mutation/updateServiceAccount.ts';
import { serviceAccount } from './Query/serviceAccount.ts';
import { serviceAccounts } from './Query/serviceAccounts.ts';
import { ServiceAccount } from './ServiceAccount.ts';

export const serviceAccountResolvers = {
  Query: { serviceAccount, serviceAccounts },
  Mutation: { createServiceAccount, updateServiceAccount, deleteServiceAccount },
  ServiceAccount,
  ServiceAccountConnection: connectionResolvers,
} satisfies Resolvers;
