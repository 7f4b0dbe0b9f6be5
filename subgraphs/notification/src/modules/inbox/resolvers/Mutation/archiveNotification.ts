import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const archiveNotification: MutationResolvers['archiveNotification'] = async (
  _root,
  { input },
  { services, viewer },
) => {
  const outcome = await services.inbox.change(viewer, input.ids, input.isArchived ? 'archive' : 'restore');
  return 'items' in outcome ? { __typename: 'ArchiveNotificationSuccess', ...outcome } : outcome;
};
