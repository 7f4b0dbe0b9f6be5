import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateNotificationPreferences: MutationResolvers['updateNotificationPreferences'] = (
  _root,
  { input },
  { services, viewer },
) => services.preferences.update(viewer, input);
