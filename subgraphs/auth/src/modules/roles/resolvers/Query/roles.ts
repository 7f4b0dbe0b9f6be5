import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const roles: QueryResolvers['roles'] = (_parent, args, context) => context.services.roles.page(args);
