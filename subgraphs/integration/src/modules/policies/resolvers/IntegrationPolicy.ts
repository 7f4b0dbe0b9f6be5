import type { IntegrationPolicyResolvers } from '../../../__generated__/graphql.ts';

export const IntegrationPolicy: IntegrationPolicyResolvers = {
  maxWaitMs: ({ maxWaitMs, timeoutMs }) => maxWaitMs ?? timeoutMs,
};
