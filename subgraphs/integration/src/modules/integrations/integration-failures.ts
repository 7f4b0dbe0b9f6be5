/** You have an integration of this name already. */
export const integrationNameTaken = (name: string, integrationId: string) => ({
  __typename: 'IntegrationNameTakenError' as const,
  code: 'INTEGRATION_NAME_TAKEN',
  message: `You have an integration called ${JSON.stringify(name)} already.`,
  integrationId,
});

export const NO_INTEGRATION = 'There is no such integration, or you may not see it.';
