import type { CircuitBreakerResolvers } from '../../../__generated__/graphql.ts';

export const CircuitBreaker: CircuitBreakerResolvers = {
  observers: ({ integration }, _args, { loaders }) => loaders.observers.load(integration),
};
