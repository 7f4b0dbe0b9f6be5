import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const notificationPreferences: QueryResolvers['notificationPreferences'] = (
  _root,
  { userId },
  { services, viewer },
) => services.preferences.read(viewer, userId ?? null);
