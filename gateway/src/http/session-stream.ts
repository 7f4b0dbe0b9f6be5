import type { ExecutionResult } from 'graphql';

type Next = IteratorResult<ExecutionResult>;

const DONE: Next = { value: undefined, done: true };

/**
 * A stream that `watch` can end, with one last result, before its source ends. Not a generator: `return()` on a
 * generator that awaits something takes effect only afterwards, and one that has not started skips its cleanup.
 */
export class SessionStream implements AsyncIterableIterator<ExecutionResult> {
  private readonly unwatch: () => void;
  private waiting: ((next: Next) => void) | undefined;
  private last: ExecutionResult | undefined;
  private ended = false;

  /** @param watch gets a function to call with the last result; returns a function that stops watching. */
  constructor(
    private readonly source: AsyncIterator<ExecutionResult>,
    watch: (end: (last: ExecutionResult) => void) => () => void,
  ) {
    this.unwatch = watch((last) => {
      if (this.ended) return;
      this.last = last;
      void this.leave();
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** One at a time. */
  next(): Promise<Next> {
    if (this.ended) return Promise.resolve(this.afterEnd());
    return new Promise((resolve, reject) => {
      this.waiting = resolve;
      this.source.next().then((next) => {
        if (next.done) void this.leave();
        else this.give(next);
      }, reject);
    });
  }

  async return(): Promise<Next> {
    this.last = undefined;
    await this.leave();
    return DONE;
  }

  private async leave(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.unwatch();
    if (this.waiting) this.give(this.afterEnd());
    await this.source.return?.();
  }

  private give(next: Next): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.(next);
  }

  private afterEnd(): Next {
    const { last } = this;
    this.last = undefined;
    return last ? { value: last, done: false } : DONE;
  }
}
