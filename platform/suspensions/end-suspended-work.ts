import type { QueueSystem } from '../queue/index.ts';
import { followSuspensions, type SuspensionsParts } from './follow-suspensions.ts';

export interface SuspendedWorkParts extends Omit<SuspensionsParts, 'onSuspended' | 'onReleased'> {
  readonly queues: QueueSystem;
  /** What becomes of work that has not ended: `pause` leaves it to the domain, which begins none of it meanwhile. */
  readonly mode: 'pause' | 'cancel';
  /** Ends up to `limit` pieces of work of suspended users for good; how many there were. */
  readonly cancel: (limit: number) => Promise<number>;
}

const AT_ONCE = 200;
/** What began in the moment of a suspension is found by then. */
const LOOK_AGAIN_MS = 5_000;

/** The reason that is shown. */
export const SUSPENDED_REASON = 'Whoever began it was suspended.';

/** Follows suspensions, and ends for good what suspended users have begun, where the operator wants it so. */
export async function endSuspendedWork(parts: SuspendedWorkParts): Promise<{ stop(): Promise<void> }> {
  const { name, queues, mode, cancel } = parts;
  if (mode === 'pause') return followSuspensions(parts);
  const settle = async () => {
    while ((await cancel(AT_ONCE)) === AT_ONCE);
  };
  const following = await followSuspensions({ ...parts, onSuspended: settle });
  const looking = queues.repeat(`${name}-suspended-work`, LOOK_AGAIN_MS, settle);
  return {
    async stop() {
      await Promise.all([following.stop(), looking.stop()]);
    },
  };
}
