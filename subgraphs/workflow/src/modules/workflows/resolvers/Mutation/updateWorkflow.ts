import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateWorkflow: MutationResolvers['updateWorkflow'] = (_root, { input }, { services, caller }) =>
  services.workflows.update(caller, input);
