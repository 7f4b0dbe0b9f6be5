import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const moveWorkflowExecution: MutationResolvers['moveWorkflowExecution'] = (_root, { input }, context) =>
  context.services.moves.move(context.viewer, input);
