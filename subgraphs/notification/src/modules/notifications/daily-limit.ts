import { isServiceId, signedIn, type Viewer } from '@flowmesh/platform/access';
import { rateLimited } from '@flowmesh/platform/errors';
import type { Channel } from '../../adapters/channel-adapter.ts';
import type { SenderDayStore } from './sender-day-store.ts';
import { sendsAnywhere } from './sending-rights.ts';

/** How many messages a sender may send out of the product on a day (UTC). */
export interface DailyLimits {
  readonly perSender: number;
  /** Of senders who may name any recipient. */
  readonly perSenderAnywhere: number;
}

/** A sender has sent what may be sent on a day. */
export interface DailyLimitReached {
  readonly __typename: 'DailyLimitReached';
  readonly code: 'RATE_LIMITED';
  readonly message: string;
  /** Seconds until the next day. */
  readonly retryAfter: number;
}

/** For a call that is for one message. */
export const dailyLimitReached = ({ message, retryAfter }: DailyLimitReached) => rateLimited(message, retryAfter);

const DAY_MS = 86_400_000;

/** Counts what leaves the product by its senders. The inbox does not, and services of the product are not counted. */
export class DailyLimit {
  constructor(
    private readonly store: SenderDayStore,
    private readonly limits: DailyLimits,
  ) {}

  /** How many of so many messages may still be sent; they are counted. */
  async take(viewer: Viewer, channel: Channel, wanted: number): Promise<number> {
    const { userId } = signedIn(viewer);
    if (channel === 'IN_APP' || isServiceId(userId) || wanted === 0) return wanted;
    return this.store.take(userId, wanted, this.limitOf(viewer));
  }

  reached(viewer: Viewer, now = Date.now()): DailyLimitReached {
    const limit = this.limitOf(viewer).toLocaleString('en');
    return {
      __typename: 'DailyLimitReached',
      code: 'RATE_LIMITED',
      message: `You have sent the ${limit} messages that a sender may send a day (UTC).`,
      retryAfter: Math.ceil((DAY_MS - (now % DAY_MS)) / 1_000),
    };
  }

  private limitOf(viewer: Viewer): number {
    return sendsAnywhere(viewer) ? this.limits.perSenderAnywhere : this.limits.perSender;
  }
}
