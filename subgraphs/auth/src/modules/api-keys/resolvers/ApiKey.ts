import type { ApiKeyResolvers } from '../../../__generated__/graphql.ts';
import { existing } from '../../users/existing-user.ts';

export const ApiKey: ApiKeyResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.apiKey.load(id),
  owner: async ({ ownerId }, _args, { loaders }) => existing(await loaders.user.load(ownerId)),
  createdBy: ({ createdById }, _args, { loaders }) => (createdById === null ? null : loaders.user.load(createdById)),
};
