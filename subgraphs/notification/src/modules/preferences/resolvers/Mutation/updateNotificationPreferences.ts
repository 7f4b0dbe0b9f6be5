import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateNotificationPreferences: MutationResolvers['updateNotificationPreferences'] = (
  _root,
  { input },
  context,
) => context.services.preferences.update(context, input);
