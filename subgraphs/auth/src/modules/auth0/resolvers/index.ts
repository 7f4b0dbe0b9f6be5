import type { Resolvers } from '../../../__generated__/graphql.ts';
import { loginWithAuth0 } from './Mutation/loginWithAuth0.ts';
import { unlinkAuth0 } from './Mutation/unlinkAuth0.ts';

export const auth0Resolvers = { Mutation: { loginWithAuth0, unlinkAuth0 } } satisfies Resolvers;
