import { isServiceId } from '@flowmesh/platform/access';
import type { ContextWriterResolvers } from '../../../__generated__/graphql.ts';
import { WORKERS } from '../../contexts/workers.ts';

export const ContextWriter: ContextWriterResolvers = {
  author: ({ authorId }) => (isServiceId(authorId) ? null : { __typename: 'User', id: authorId }),
  ...WORKERS,
};
