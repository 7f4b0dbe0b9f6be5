import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const removeNotificationChannelProvider: MutationResolvers['removeNotificationChannelProvider'] = (
  _root,
  { input },
  { services, viewer },
) => services.channels.remove(viewer, input.id);
