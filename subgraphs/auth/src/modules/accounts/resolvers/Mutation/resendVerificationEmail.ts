import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const resendVerificationEmail: MutationResolvers['resendVerificationEmail'] = (_parent, { input }, context) =>
  context.accounts.resendVerification(context, input);
