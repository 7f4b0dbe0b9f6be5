import type { QueryResolvers } from '../../../../__generated__/graphql.ts';
import { pageOfOperations } from '../../operation-list.ts';

export const integrationOperations: QueryResolvers['integrationOperations'] = async (
  _root,
  { integrationId, ...args },
  { loaders, services },
) => {
  const integration = await loaders.integrations.load(integrationId);
  return integration && pageOfOperations(services.integrations.operationsOf(integration), args);
};
