import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const sendNotification: MutationResolvers['sendNotification'] = (_root, { input }, context) =>
  context.services.notifications.accept(context, input);
