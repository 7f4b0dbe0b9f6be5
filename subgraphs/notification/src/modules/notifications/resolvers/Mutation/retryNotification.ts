import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const retryNotification: MutationResolvers['retryNotification'] = (_root, { input }, { services, viewer }) =>
  services.changes.retry(viewer, input);
