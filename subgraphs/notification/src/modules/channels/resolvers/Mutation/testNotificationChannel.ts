import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const testNotificationChannel: MutationResolvers['testNotificationChannel'] = (
  _root,
  { input },
  { services, viewer, signal },
) => services.channelTests.test(viewer, input, signal ?? new AbortController().signal);
