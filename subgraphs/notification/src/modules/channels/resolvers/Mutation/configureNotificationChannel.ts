import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const configureNotificationChannel: MutationResolvers['configureNotificationChannel'] = (
  _root,
  { input },
  context,
) => context.services.channels.configure(context, input);
