import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const regenerateBackupCodes: MutationResolvers['regenerateBackupCodes'] = (_parent, { input }, context) =>
  context.services.mfa.regenerateBackupCodes(context, input);
