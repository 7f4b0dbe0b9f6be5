import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const validateToken: QueryResolvers['validateToken'] = (_parent, { token }, context) =>
  context.tokens.validate(context, token);
