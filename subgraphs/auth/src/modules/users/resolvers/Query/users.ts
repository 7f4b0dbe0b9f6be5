import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const users: QueryResolvers['users'] = (_parent, args, context) => context.services.users.page(args);
