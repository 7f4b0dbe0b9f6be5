import type { IntegrationDependentResolvers } from '../../../__generated__/graphql.ts';
import { impactOn, missingOperations } from '../dependent-record.ts';

export const IntegrationDependent: IntegrationDependentResolvers = {
  id: ({ dependentId }) => dependentId,
  owner: ({ ownerId }) => (ownerId === null ? null : { __typename: 'User', id: ownerId }),
  workflow: ({ kind, dependentId }) => (kind === 'WORKFLOW' ? { __typename: 'Workflow', id: dependentId } : null),
  impact: async (dependent, _args, { loaders, services }) => {
    const missing = missingOperations(dependent, services.integrations.operationsOf(dependent.integration));
    return impactOn(dependent, (await loaders.circuits.load(dependent.integration)).state, missing);
  },
  missingOperations: (dependent, _args, { services }) =>
    missingOperations(dependent, services.integrations.operationsOf(dependent.integration)),
};
