import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const previewNotificationTemplate: QueryResolvers['previewNotificationTemplate'] = (
  _root,
  { input },
  { services, viewer },
) => services.templateTests.preview(viewer, input);
