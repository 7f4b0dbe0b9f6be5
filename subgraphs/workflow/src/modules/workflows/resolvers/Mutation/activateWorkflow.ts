import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const activateWorkflow: MutationResolvers['activateWorkflow'] = (_root, { input }, { services, caller }) =>
  services.workflows.activate(caller, input.id);
