import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const enableNotificationRecipient: MutationResolvers['enableNotificationRecipient'] = (
  _root,
  { input },
  { services, viewer },
) => services.changes.enableRecipient(viewer, input);
