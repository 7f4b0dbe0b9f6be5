import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const validateWorkflow: QueryResolvers['validateWorkflow'] = (_root, { input }, { services, caller }) =>
  services.workflows.validate(caller, input);
