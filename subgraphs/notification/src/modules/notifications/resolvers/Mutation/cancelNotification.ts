import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const cancelNotification: MutationResolvers['cancelNotification'] = (_root, { input }, { services, viewer }) =>
  services.changes.cancel(viewer, input);
