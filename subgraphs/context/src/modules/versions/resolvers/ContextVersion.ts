import { isServiceId } from '@flowmesh/platform/access';
import type { ContextVersionResolvers } from '../../../__generated__/graphql.ts';

export const ContextVersion: ContextVersionResolvers = {
  author: ({ authorId }) => (isServiceId(authorId) ? null : { __typename: 'User', id: authorId }),
};
