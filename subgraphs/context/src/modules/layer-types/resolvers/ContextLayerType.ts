import type { ContextLayerTypeResolvers } from '../../../__generated__/graphql.ts';

export const ContextLayerType: ContextLayerTypeResolvers = {
  owner: ({ ownerId }) => ({ __typename: 'User', id: ownerId }),
};
