/** You have a template of this name already. */
export const templateNameTaken = (name: string, templateId: string) => ({
  __typename: 'NotificationTemplateNameTakenError' as const,
  code: 'NOTIFICATION_TEMPLATE_NAME_TAKEN',
  message: `You have a template called ${JSON.stringify(name)} already.`,
  templateId,
});

/** Other templates stand in this layout. */
export const layoutInUse = (templateCount: number) => ({
  __typename: 'NotificationLayoutInUseError' as const,
  code: 'NOTIFICATION_LAYOUT_IN_USE',
  message: `${templateCount} templates use this layout: give them another one first.`,
  templateCount,
});
