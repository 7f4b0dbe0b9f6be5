import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/existing-user.ts';

export const confirmMfaEnrolment: MutationResolvers['confirmMfaEnrolment'] = async (_parent, { input }, context) => {
  const result = await context.services.mfa.confirm(context, input);
  if (result.__typename !== 'ConfirmMfaEnrolmentSuccess') return result;
  const user = existing(await context.loaders.user.clear(result.userId).load(result.userId));
  // The viewer of this operation still lacks the factor that the session has now.
  return { ...result, user: { ...user, revealed: true } };
};
