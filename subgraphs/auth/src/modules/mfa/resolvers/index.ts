import type { Resolvers } from '../../../__generated__/graphql.ts';
import { beginMfaEnrolment } from './Mutation/beginMfaEnrolment.ts';
import { confirmMfaEnrolment } from './Mutation/confirmMfaEnrolment.ts';
import { disableMfa } from './Mutation/disableMfa.ts';
import { regenerateBackupCodes } from './Mutation/regenerateBackupCodes.ts';
import { mfaStatus } from './Query/mfaStatus.ts';

export const mfaResolvers = {
  Query: { mfaStatus },
  Mutation: { beginMfaEnrolment, confirmMfaEnrolment, disableMfa, regenerateBackupCodes },
} satisfies Resolvers;
