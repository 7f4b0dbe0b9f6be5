import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const resetAgentCircuitBreaker: MutationResolvers['resetAgentCircuitBreaker'] = (
  _root,
  { input },
  { services, viewer },
) => services.agents.resetCircuit(viewer, input);
