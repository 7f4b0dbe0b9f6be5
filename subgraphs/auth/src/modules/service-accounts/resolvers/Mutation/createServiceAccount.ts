import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../existing-account.ts';

export const createServiceAccount: MutationResolvers['createServiceAccount'] = async (_parent, { input }, context) => {
  const result = await context.services.serviceAccounts.create(context, input);
  if (result.__typename !== 'Changed') return result;
  const account = existing(await context.loaders.serviceAccount.clear(result.id).load(result.id));
  return { __typename: 'CreateServiceAccountSuccess', serviceAccount: account };
};
