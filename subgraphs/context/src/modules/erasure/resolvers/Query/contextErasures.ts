import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const contextErasures: QueryResolvers['contextErasures'] = (_root, args, { services }) =>
  services.erasure.list(args);
