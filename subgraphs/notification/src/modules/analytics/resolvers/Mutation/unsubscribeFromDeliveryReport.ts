import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const unsubscribeFromDeliveryReport: MutationResolvers['unsubscribeFromDeliveryReport'] = (
  _root,
  { input },
  { services, viewer },
) => services.reportSubscriptions.unsubscribe(viewer, input.id);
