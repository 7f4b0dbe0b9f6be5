import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const executeWorkflow: MutationResolvers['executeWorkflow'] = (_root, { input }, { services, caller }) =>
  services.executions.execute(caller, input);
