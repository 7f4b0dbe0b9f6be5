import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const markNotificationRead: MutationResolvers['markNotificationRead'] = async (
  _root,
  { input },
  { services, viewer },
) => {
  const outcome = await services.inbox.change(viewer, input.ids, input.isRead ? 'read' : 'unread');
  return 'items' in outcome ? { __typename: 'MarkNotificationReadSuccess', ...outcome } : outcome;
};
