/** You have a template of this name already. */
export const templateNameTaken = (name: string, templateId: string | null) => ({
  __typename: 'WorkflowTemplateNameTakenError' as const,
  code: 'WORKFLOW_TEMPLATE_NAME_TAKEN',
  message: `You have a template called ${JSON.stringify(name)} already.`,
  templateId,
});
