import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const configureNotificationChannel: MutationResolvers['configureNotificationChannel'] = (
  _root,
  { input },
  { services, viewer },
) => services.channels.configure(viewer, input);
