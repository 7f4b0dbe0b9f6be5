import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { loginSuccess } from '../../login-success.ts';

export const completeMfaLogin: MutationResolvers['completeMfaLogin'] = async (_parent, { input }, context) => {
  const result = await context.services.sessions.completeMfaLogin(context, input);
  return result.__typename === 'SignedIn' ? loginSuccess(result, context) : result;
};
