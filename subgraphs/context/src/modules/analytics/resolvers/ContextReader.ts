import type { ContextReaderResolvers } from '../../../__generated__/graphql.ts';
import { WORKERS } from '../../contexts/workers.ts';

export const ContextReader: ContextReaderResolvers = {
  reader: ({ readerId }) => ({ __typename: 'User', id: readerId }),
  ...WORKERS,
};
