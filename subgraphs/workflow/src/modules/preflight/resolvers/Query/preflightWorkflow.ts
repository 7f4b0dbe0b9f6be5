import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const preflightWorkflow: QueryResolvers['preflightWorkflow'] = (_root, { id, input, contextId }, context) =>
  context.services.preflight.look(context, id, { input: (input ?? null) as unknown, contextId: contextId ?? null });
