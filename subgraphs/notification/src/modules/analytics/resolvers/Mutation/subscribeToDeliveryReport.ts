import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const subscribeToDeliveryReport: MutationResolvers['subscribeToDeliveryReport'] = (_root, { input }, context) =>
  context.services.reportSubscriptions.subscribe(context, input);
