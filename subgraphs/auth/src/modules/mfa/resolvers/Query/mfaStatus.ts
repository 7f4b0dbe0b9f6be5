import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const mfaStatus: QueryResolvers['mfaStatus'] = (_parent, _args, context) => context.services.mfa.status(context);
