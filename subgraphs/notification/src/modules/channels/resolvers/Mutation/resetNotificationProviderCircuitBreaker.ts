import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const resetNotificationProviderCircuitBreaker: MutationResolvers['resetNotificationProviderCircuitBreaker'] = (
  _root,
  { input },
  { services, viewer },
) => services.channels.resetCircuit(viewer, input);
