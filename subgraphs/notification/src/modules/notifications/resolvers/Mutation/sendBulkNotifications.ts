import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const sendBulkNotifications: MutationResolvers['sendBulkNotifications'] = (_root, { input }, context) =>
  context.services.bulks.accept(context, input);
