import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const createWorkflow: MutationResolvers['createWorkflow'] = (_root, { input }, { services, caller }) =>
  services.workflows.create(caller, input);
