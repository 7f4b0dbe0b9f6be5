import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const subscribeToDeliveryReport: MutationResolvers['subscribeToDeliveryReport'] = (
  _root,
  { input },
  { services, viewer },
) => services.reportSubscriptions.subscribe(viewer, input);
