import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const createNotificationTemplate: MutationResolvers['createNotificationTemplate'] = (
  _root,
  { input },
  { services, viewer },
) => services.templates.create(viewer, input);
