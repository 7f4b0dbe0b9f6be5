import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const signingKeys: QueryResolvers['signingKeys'] = (_parent, _args, { services }) => services.keyRotation.list();
