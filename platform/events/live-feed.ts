import { PublicError } from '../errors/index.ts';
import type { LiveSubscriber } from './live-subscriber.ts';
import type { StoredEvent } from './types.ts';
import { growing } from './waking.ts';

/** A log, or one stream of it, as a feed reads it. */
export interface FeedSource<Cursor> {
  /** Events behind `after`, all of them in order, at most `limit`. */
  read(after: Cursor, limit: number): Promise<readonly StoredEvent[]>;
  /** Undefined when the event has no place here. */
  cursorOf(event: StoredEvent): Cursor | undefined;
  compare(a: Cursor, b: Cursor): number;
  /** Whether nothing can lie between the two, so that a signalled event needs no reading. */
  follows(cursor: Cursor, next: Cursor): boolean;
}

const PAGE = 500;

/**
 * Shared by all subscribers of this process to the same stream: a signal from the bus causes at most one read of the log,
 * regardless of their number. Signals may be lost, repeated or out of order. Only contiguous events are passed on; gaps
 * are filled from the log.
 */
export class LiveFeed<Cursor> {
  private readonly attached = new Set<LiveSubscriber<Cursor>>();
  private readonly live = new Set<LiveSubscriber<Cursor>>();
  /** The farthest event heard of. */
  private announced: Cursor | undefined;
  private wanted = false;
  private reading = false;

  constructor(
    private readonly source: FeedSource<Cursor>,
    private readonly onEmpty: () => void,
  ) {}

  get size(): number {
    return this.attached.size;
  }

  /** From now on, signals are tracked for the subscriber, even while it still reads past events. */
  attach(subscriber: LiveSubscriber<Cursor>): void {
    this.attached.add(subscriber);
  }

  goLive(subscriber: LiveSubscriber<Cursor>): void {
    this.live.add(subscriber);
    if (this.isBehind(subscriber)) this.readSoon();
  }

  detach(subscriber: LiveSubscriber<Cursor>): void {
    this.live.delete(subscriber);
    this.attached.delete(subscriber);
    if (this.attached.size === 0) this.onEmpty();
  }

  signal(event: StoredEvent): void {
    const cursor = this.source.cursorOf(event);
    if (cursor === undefined) return;
    for (const subscriber of this.live) {
      if (this.source.follows(subscriber.cursor, cursor)) subscriber.offer(event, cursor);
    }
    this.announce(cursor);
  }

  /** There are events up to here. */
  announce(cursor: Cursor): void {
    if (this.announced === undefined || this.source.compare(cursor, this.announced) > 0) this.announced = cursor;
    for (const subscriber of this.live) {
      if (this.isBehind(subscriber)) {
        this.readSoon();
        return;
      }
    }
  }

  /** Reads events that live subscribers do not have yet. Calls in quick succession share one read. */
  readSoon(): void {
    this.wanted = true;
    if (this.reading) return;
    this.reading = true;
    // After the burst of signals that is being told.
    queueMicrotask(() => void this.readWanted());
  }

  private isBehind(subscriber: LiveSubscriber<Cursor>): boolean {
    return this.announced !== undefined && this.source.compare(subscriber.cursor, this.announced) < 0;
  }

  private async readWanted(): Promise<void> {
    let failures = 0;
    while (this.wanted && this.live.size > 0) {
      this.wanted = false;
      // Those who join while a page is read want a page of their own: theirs may begin earlier.
      const present = [...this.live];
      try {
        const from = present.map(({ cursor }) => cursor).reduce((a, b) => (this.source.compare(a, b) <= 0 ? a : b));
        const events = await this.source.read(from, PAGE);
        for (const event of events) this.pass(event, present);
        if (events.length === PAGE) this.wanted = true;
        failures = 0;
      } catch (error) {
        if (error instanceof PublicError) {
          for (const subscriber of present) subscriber.fail(error);
          continue;
        }
        this.wanted = true;
        await new Promise((resolve) => setTimeout(resolve, growing(failures++, 100, 5_000)).unref());
      }
    }
    this.reading = false;
  }

  private pass(event: StoredEvent, present: readonly LiveSubscriber<Cursor>[]): void {
    const cursor = this.source.cursorOf(event);
    if (cursor === undefined) return;
    for (const subscriber of present) {
      if (this.source.compare(subscriber.cursor, cursor) < 0) subscriber.offer(event, cursor);
    }
  }
}
