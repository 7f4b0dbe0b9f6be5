import type { WorkflowTemplateResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowTemplate: WorkflowTemplateResolvers = {
  isBuiltIn: ({ ownerId }) => ownerId === null,
  tags: ({ tags }) => [...tags],
  roles: ({ roles }) => [...roles],
  inputSchema: ({ definition }) => definition.inputSchema,
  definition: ({ definition }) => ({ ...definition }),
  owner: ({ ownerId }) => (ownerId === null ? null : { __typename: 'User', id: ownerId }),
};
