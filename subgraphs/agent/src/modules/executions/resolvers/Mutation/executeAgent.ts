import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const executeAgent: MutationResolvers['executeAgent'] = (_root, { input }, context) =>
  context.services.executions.execute(context, input);
