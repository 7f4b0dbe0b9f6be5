import type { Resolvers } from '../../../__generated__/graphql.ts';
import { deleteUser } from './Mutation/deleteUser.ts';
import { reactivateUser } from './Mutation/reactivateUser.ts';
import { resetUserMfa } from './Mutation/resetUserMfa.ts';
import { suspendUser } from './Mutation/suspendUser.ts';
import { updateUser } from './Mutation/updateUser.ts';

export const userChangeResolvers = {
  Mutation: { updateUser, suspendUser, reactivateUser, resetUserMfa, deleteUser },
} satisfies Resolvers;
