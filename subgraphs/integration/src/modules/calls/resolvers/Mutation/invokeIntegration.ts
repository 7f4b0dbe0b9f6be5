import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const invokeIntegration: MutationResolvers['invokeIntegration'] = (_root, { input }, context) =>
  context.services.calls.invoke(context, input);
