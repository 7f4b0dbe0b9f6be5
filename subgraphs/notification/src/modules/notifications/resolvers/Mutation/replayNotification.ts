import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const replayNotification: MutationResolvers['replayNotification'] = (_root, { input }, context) =>
  context.services.changes.replay(context, input);
