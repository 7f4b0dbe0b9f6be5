import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const testNotificationTemplate: MutationResolvers['testNotificationTemplate'] = (
  _root,
  { input },
  { services, viewer, requestId },
) => services.templateTests.test({ viewer, requestId }, input);
