import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const webhookTargetSecret: QueryResolvers['webhookTargetSecret'] = (_root, { url }, { services, viewer }) =>
  services.webhookTargets.secretOf(viewer, url);
