import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/existing-user.ts';

export const disableMfa: MutationResolvers['disableMfa'] = async (_parent, { input }, context) => {
  const result = await context.services.mfa.disable(context, input);
  if (result.__typename !== 'DisableMfaSuccess') return result;
  const user = existing(await context.loaders.user.clear(result.userId).load(result.userId));
  return { ...result, user };
};
