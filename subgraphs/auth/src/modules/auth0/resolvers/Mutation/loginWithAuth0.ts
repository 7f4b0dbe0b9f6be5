import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { loginSuccess } from '../../../sessions/login-success.ts';

export const loginWithAuth0: MutationResolvers['loginWithAuth0'] = async (_parent, { input }, context) => {
  const result = await context.services.auth0.login(context, input);
  return result.__typename === 'SignedIn' ? loginSuccess(result, context) : result;
};
