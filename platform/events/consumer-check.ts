import type { EventBus } from './types.ts';

/** Longer than an event waits for its turn, and for one or two attempts that failed. */
const MOST_BEHIND_SECONDS = 30;

/**
 * For readiness: how far a group is behind. Down when that is more than half a minute, which is no reason to send the
 * service nothing more: what it answers does not depend on it.
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
