import type { ShownDependent } from '../dependents/dependent-record.ts';

/** You have an integration of this name already. */
export const integrationNameTaken = (name: string, integrationId: string) => ({
  __typename: 'IntegrationNameTakenError' as const,
  code: 'INTEGRATION_NAME_TAKEN',
  message: `You have an integration called ${JSON.stringify(name)} already.`,
  integrationId,
});

/** Something uses it: the first dependents, and how many there are. */
export const integrationInUse = (dependents: ShownDependent[], totalCount: number) => ({
  __typename: 'IntegrationInUseError' as const,
  code: 'INTEGRATION_IN_USE',
  message: `The integration is used by ${totalCount === 1 ? 'one thing' : `${totalCount} things`}; with \`force\` it is removed all the same.`,
  dependents,
  totalCount,
});

export const NO_INTEGRATION = 'There is no such integration, or you may not see it.';
