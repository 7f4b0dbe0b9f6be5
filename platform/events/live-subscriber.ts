import { PublicError, unavailable } from '../errors/index.ts';
import type { StoredEvent } from './types.ts';

/** A page of the past: `end` is how far was looked, `done` that nothing more was there. */
export interface ReplayPage<Cursor> {
  readonly events: readonly StoredEvent[];
  readonly end: Cursor;
  readonly done: boolean;
}

/** Where a subscriber gets its events from. */
export interface SubscriberSource<Cursor> {
  replay(after: Cursor): Promise<ReplayPage<Cursor>>;
  /** Called once the past is read, in the same moment: what comes from now on is offered. */
  goLive(subscriber: LiveSubscriber<Cursor>): void;
  detach(subscriber: LiveSubscriber<Cursor>): void;
}

export interface SubscriberOptions<Cursor> {
  readonly source: SubscriberSource<Cursor>;
  /** Where to begin; may have to be asked for first. */
  readonly start: Promise<Cursor>;
  readonly accepts: (event: StoredEvent) => boolean;
  /** A live subscriber that has more than this many events waiting is closed. */
  readonly maxBuffered: number;
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  readonly resolve: (result: IteratorResult<StoredEvent>) => void;
  readonly reject: (error: unknown) => void;
}

const END: IteratorResult<StoredEvent> = { done: true, value: undefined };

/**
 * One reader of a log: first past events, page by page on demand, then the live events of its feed. Ends by `return()`,
 * by the signal, or with an error; never skips an event.
 */
export class LiveSubscriber<Cursor> implements AsyncIterableIterator<StoredEvent> {
  /** Position up to which events were offered to this subscriber, wanted or not; set before it goes live. */
  cursor!: Cursor;
  private state: 'replaying' | 'live' | 'ended' = 'replaying';
  private started = false;
  private replaying = false;
  private buffer: StoredEvent[] = [];
  private taken = 0;
  private readonly waiters: Waiter[] = [];
  private failure: PublicError | undefined;

  constructor(private readonly options: SubscriberOptions<Cursor>) {
    // Reported by the first `next()`; nobody may ever call it.
    options.start.catch(() => undefined);
    if (options.signal?.aborted) this.end();
    else options.signal?.addEventListener('abort', this.end, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<StoredEvent>> {
    const event = this.take();
    if (event) return Promise.resolve({ done: false, value: event });
    if (this.failure) {
      const error = this.failure;
      this.failure = undefined;
      return Promise.reject(error);
    }
    if (this.state === 'ended') return Promise.resolve(END);
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      if (this.state === 'replaying' && !this.replaying) void this.replay();
    });
  }

  return(): Promise<IteratorResult<StoredEvent>> {
    this.end();
    return Promise.resolve(END);
  }

  throw(error: unknown): Promise<IteratorResult<StoredEvent>> {
    this.end();
    return Promise.reject(error);
  }

  /** An event behind the cursor, and the next one there is. */
  offer(event: StoredEvent, cursor: Cursor): void {
    if (this.state !== 'live') return;
    this.cursor = cursor;
    if (this.options.accepts(event)) this.push(event);
  }

  fail(error: PublicError): void {
    if (this.state === 'ended') return;
    const waiter = this.waiters.shift();
    if (!waiter) this.failure = error;
    this.end();
    waiter?.reject(error);
  }

  private readonly end = (): void => {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.buffer = [];
    this.taken = 0;
    this.options.signal?.removeEventListener('abort', this.end);
    this.options.source.detach(this);
    for (const waiter of this.waiters.splice(0)) waiter.resolve(END);
  };

  /** Reads on while somebody waits and nothing was found. */
  private async replay(): Promise<void> {
    const { source, start } = this.options;
    this.replaying = true;
    try {
      if (!this.started) this.cursor = await start;
      this.started = true;
      while (this.state === 'replaying' && this.waiters.length > 0) {
        const page = await source.replay(this.cursor);
        if (this.state !== 'replaying') return;
        this.cursor = page.end;
        for (const event of page.events) this.push(event);
        if (!page.done) continue;
        this.state = 'live';
        source.goLive(this);
      }
    } catch (error) {
      this.fail(
        error instanceof PublicError
          ? error
          : Object.assign(unavailable('The events cannot be read at present; subscribe again with `after`.'), {
              cause: error,
            }),
      );
    } finally {
      this.replaying = false;
    }
  }

  private push(event: StoredEvent): void {
    const waiter = this.waiters.shift();
    if (waiter) {
      waiter.resolve({ done: false, value: event });
      return;
    }
    this.buffer.push(event);
    if (this.state === 'live' && this.buffer.length - this.taken > this.options.maxBuffered) {
      this.fail(unavailable('This subscriber is too slow and was closed; subscribe again with `after`.'));
    }
  }

  private take(): StoredEvent | undefined {
    const event = this.buffer[this.taken];
    if (!event) return undefined;
    this.taken += 1;
    // Removes consumed entries occasionally, instead of shifting the array each time.
    if (this.taken === this.buffer.length || this.taken === 1_024) {
      this.buffer.splice(0, this.taken);
      this.taken = 0;
    }
    return event;
  }
}
