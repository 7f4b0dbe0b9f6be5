import { badInput } from '@flowmesh/platform/errors';
import type { ResolvedContextResolvers } from '../../../__generated__/graphql.ts';

const MOST_ORIGINS = 10_000;

export const ResolvedContext: ResolvedContextResolvers = {
  origins: ({ origins }, { below, first }) => {
    const limit = first ?? 1_000;
    if (limit < 1 || limit > MOST_ORIGINS) throw badInput('first', 'must be from 1 to 10,000');
    return origins(below ?? '', limit);
  },
};
