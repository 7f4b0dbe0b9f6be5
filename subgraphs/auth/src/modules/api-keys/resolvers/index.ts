import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from '../../../__generated__/graphql.ts';
import { ApiKey } from './ApiKey.ts';
import { createApiKey } from './Mutation/createApiKey.ts';
import { revokeApiKey } from './Mutation/revokeApiKey.ts';
import { apiKey } from './Query/apiKey.ts';
import { apiKeys } from './Query/apiKeys.ts';

export const apiKeyResolvers = {
  Query: { apiKey, apiKeys },
  Mutation: { createApiKey, revokeApiKey },
  ApiKey,
  ApiKeyConnection: connectionResolvers,
} satisfies Resolvers;
