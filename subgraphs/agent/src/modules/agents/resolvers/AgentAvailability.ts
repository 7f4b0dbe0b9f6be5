import type { AgentAvailabilityResolvers } from '../../../__generated__/graphql.ts';

export const AgentAvailability: AgentAvailabilityResolvers = {
  /** Of one that is given now: after those that wait, as places get free. */
  expectedWaitMs: ({ averageMs, queueLength, running, concurrencyLimit }) => {
    const before = Math.max(0, queueLength + running - concurrencyLimit + 1);
    if (before === 0) return 0;
    return averageMs === null ? null : Math.min(Math.round((before * averageMs) / concurrencyLimit), 2 ** 31 - 1);
  },
};
