import type { WorkflowTemplateAgentResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowTemplateAgent: WorkflowTemplateAgentResolvers = {
  agent: ({ agentId }) => ({ __typename: 'Agent', id: agentId }),
};
