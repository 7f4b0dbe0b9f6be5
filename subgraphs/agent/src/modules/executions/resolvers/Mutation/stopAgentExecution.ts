import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const stopAgentExecution: MutationResolvers['stopAgentExecution'] = (_root, { input }, { services, viewer }) =>
  services.executions.stop(viewer, input);
