import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const resetCircuitBreaker: MutationResolvers['resetCircuitBreaker'] = (_root, { input }, context) =>
  context.services.policies.resetCircuit(context.viewer, input);
