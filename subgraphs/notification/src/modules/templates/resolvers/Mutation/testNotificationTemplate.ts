import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const testNotificationTemplate: MutationResolvers['testNotificationTemplate'] = (_root, { input }, context) =>
  context.services.templateTests.test(context, input);
