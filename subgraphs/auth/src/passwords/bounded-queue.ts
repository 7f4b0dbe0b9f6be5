import { ErrorCode, PublicError } from '@flowmesh/platform/errors';

export interface BoundedQueueOptions {
  /** The number of tasks that run at the same time. */
  readonly running: number;
  /** The number of tasks that may wait; further ones are refused. */
  readonly waiting: number;
}

/** Runs a limited number of tasks at a time, first in, first out, and refuses tasks beyond a limited queue. */
export class BoundedQueue {
  private readonly queue: (() => void)[] = [];
  private running = 0;

  constructor(private readonly options: BoundedQueueOptions) {}

  /** The result of `work`; rejects with RATE_LIMITED if the queue is full. */
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

  /** Passes the place to the next task, or frees it. */
  private leave(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.running -= 1;
  }
}
