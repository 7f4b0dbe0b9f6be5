import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const resendVerificationEmail: MutationResolvers['resendVerificationEmail'] = (_parent, { input }, context) =>
  context.services.accounts.resendVerification(context, input);
