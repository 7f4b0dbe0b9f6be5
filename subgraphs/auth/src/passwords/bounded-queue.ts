import { ErrorCode, PublicError } from '@flowmesh/platform/errors';

export interface BoundedQueueOptions {
  /** Pieces of work that run at the same time. */
  readonly running: number;
  /** Pieces that wait; further ones are refused. */
  readonly waiting: number;
}

/** Runs so many pieces of work at a time, in the order they came, and refuses what would wait too long. */
export class BoundedQueue {
  private readonly queue: (() => void)[] = [];
  private running = 0;

  constructor(private readonly options: BoundedQueueOptions) {}

  /** The result of `work`; rejects with RATE_LIMITED when too much is waiting already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private enter(): Promise<void> | undefined {
    if (this.running < this.options.running) {
      this.running += 1;
      return undefined;
    }
    if (this.queue.length >= this.options.waiting) {
      throw new PublicError('Too many sign-ins at the moment. Try again in a few seconds.', ErrorCode.rateLimited);
    }
    return new Promise((resolve) => this.queue.push(resolve));
  }

  /** The place goes to the next in line, or becomes free. */
  private leave(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.running -= 1;
  }
}
