import type { Resolvers } from '../../../__generated__/graphql.ts';
import { passwordStrength } from './Query/passwordStrength.ts';

export const accountResolvers = {
  Query: { passwordStrength },
} satisfies Resolvers;
