import type { ContextReaderResolvers } from '../../../__generated__/graphql.ts';

export const ContextReader: ContextReaderResolvers = {
  reader: ({ readerId }) => ({ __typename: 'User', id: readerId }),
};
