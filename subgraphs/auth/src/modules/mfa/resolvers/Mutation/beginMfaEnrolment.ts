import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const beginMfaEnrolment: MutationResolvers['beginMfaEnrolment'] = (_parent, { input }, context) =>
  context.services.mfa.begin(context, input);
