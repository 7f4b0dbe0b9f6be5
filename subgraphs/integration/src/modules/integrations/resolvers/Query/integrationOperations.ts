import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const integrationOperations: QueryResolvers['integrationOperations'] = async (
  _root,
  { integrationId },
  { loaders, services },
) => {
  const integration = await loaders.integrations.load(integrationId);
  return integration && [...services.integrations.operationsOf(integration)];
};
