import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const validateToken: QueryResolvers['validateToken'] = (_parent, { token }, context) =>
  context.services.tokens.validate(context, token);
