import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteNotificationTemplate: MutationResolvers['deleteNotificationTemplate'] = (
  _root,
  { input },
  { services, viewer },
) => services.templates.delete(viewer, input.id);
