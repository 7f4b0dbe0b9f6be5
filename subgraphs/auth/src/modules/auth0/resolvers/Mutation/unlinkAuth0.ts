import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/existing-user.ts';

export const unlinkAuth0: MutationResolvers['unlinkAuth0'] = async (_parent, { input }, context) => {
  const result = await context.services.auth0.unlink(context, input);
  if (result.__typename !== 'Unlinked') return result;
  return {
    __typename: 'UnlinkAuth0Success',
    user: existing(await context.loaders.user.clear(result.userId).load(result.userId)),
  };
};
