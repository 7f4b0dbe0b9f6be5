import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const markAllNotificationsRead: MutationResolvers['markAllNotificationsRead'] = (
  _root,
  { input },
  { services, viewer },
) => services.inbox.readAll(viewer, input);
