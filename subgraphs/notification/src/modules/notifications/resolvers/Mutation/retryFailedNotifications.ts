import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const retryFailedNotifications: MutationResolvers['retryFailedNotifications'] = (
  _root,
  { input },
  { services, viewer },
) => services.changes.retryFailed(viewer, input);
