import type { Resolvers } from '../../../__generated__/graphql.ts';
import { rotateSigningKeys } from './Mutation/rotateSigningKeys.ts';
import { signingKeys } from './Query/signingKeys.ts';

export const signingKeyResolvers = {
  Query: { signingKeys },
  Mutation: { rotateSigningKeys },
} satisfies Resolvers;
