import type { EventBus } from './types.ts';

/** Longer than an event waits for its turn, and for one or two attempts that failed. */
const MOST_BEHIND_SECONDS = 30;

/**
 * Readiness check for the lag of a consumer group. Down when the lag exceeds half a minute; the service still receives
 * requests then, because its answers do not depend on the group.
 */
export const consumerCheck = (bus: EventBus, group: string) => ({
  name: `consumer ${group}`,
  essential: false,
  check: async (): Promise<{ readonly behindSeconds: number }> => {
    const figures = { behindSeconds: Math.round((await bus.behindSeconds(group)) * 10) / 10 };
    if (figures.behindSeconds <= MOST_BEHIND_SECONDS) return figures;
    throw Object.assign(new Error(`the group is ${figures.behindSeconds} s behind`), { figures });
  },
});
