import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateNotificationTemplate: MutationResolvers['updateNotificationTemplate'] = (
  _root,
  { input },
  { services, viewer },
) => services.templates.update(viewer, input);
