import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { loginSuccess } from '../../login-success.ts';

export const login: MutationResolvers['login'] = async (_parent, { input }, context) => {
  const result = await context.services.sessions.login(context, input);
  return result.__typename === 'SignedIn' ? loginSuccess(result, context) : result;
};
