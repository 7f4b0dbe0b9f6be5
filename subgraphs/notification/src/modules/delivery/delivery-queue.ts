import type { Queue } from '@flowmesh/platform/queue';
import type { Channel } from '../../adapters/channel-adapter.ts';

/** A hint that a channel has something to send. It may be lost or come twice. */
export interface DeliveryJob {
  readonly channel: Channel;
}

export const DELIVERY_QUEUE = 'notification-deliveries';

/** Tells workers of notifications that have been stored. Calls that come while one is under way share the next hint. */
export class DeliveryHints {
  private readonly pending = new Map<Channel, Promise<void>>();
  private counter = 0;

  constructor(
    private readonly queue: Queue<DeliveryJob>,
    /** Makes the ids of this process's jobs differ from those of others. */
    private readonly process: string,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The channel has work now. Resolves when a hint that was added after this call is stored, or is lost. */
  async due(channel: Channel): Promise<void> {
    // The one under way may be too early for what was stored meanwhile; the one after it is not.
    const underWay = this.pending.get(channel);
    if (underWay) {
      await underWay;
      if (this.pending.has(channel)) return this.pending.get(channel);
    }
    const added = this.add(channel, 0).finally(() => this.pending.delete(channel));
    this.pending.set(channel, added);
    return added;
  }

  /** The channel will have work then. */
  async later(channel: Channel, delayMs: number): Promise<void> {
    await this.add(channel, delayMs);
  }

  private async add(channel: Channel, delayMs: number): Promise<void> {
    this.counter += 1;
    try {
      await this.queue.add({ id: `${this.process}-${this.counter}`, data: { channel }, delayMs });
    } catch (error) {
      this.onError(error);
    }
  }
}
