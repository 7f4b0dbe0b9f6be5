import type { ExecutionResult } from 'graphql';
import { unavailable } from '@flowmesh/platform/errors';

/** One message of a feed, completed and ready to be sent. */
export interface FeedMessage {
  /** Its position in the stream; null if unknown. */
  readonly cursor: string | null;
  readonly result: ExecutionResult;
}

/** A subscriber that falls further behind than this is closed. */
export const MOST_BEHIND = 256;
/** Messages that all subscribers have received, kept for subscribers that join. */
const HISTORY = 32;

/**
 * Messages of one stream, read once and delivered to many subscribers, at the pace of the fastest one. A slow
 * subscriber may fall `MOST_BEHIND` messages behind.
 */
export class EventFeed {
  private readonly subscribers = new Set<FeedSubscriber>();
  private readonly messages = new Map<number, FeedMessage>();
  private readonly positions = new Map<string, number>();
  /** A cursor was repeated, so cursors do not identify positions in this stream. */
  private ambiguous = false;
  private first = 0;
  private reading = false;
  end = 0;
  ended = false;
  failure: Error | undefined;

  constructor(
    private readonly source: AsyncIterator<FeedMessage>,
    /** Called after each message, and when the feed has ended or has no subscriber left. */
    private readonly on: { message(feed: EventFeed, cursor: string): void; over(feed: EventFeed): void },
  ) {}

  /** The position after the message with this cursor; undefined if the feed cannot be joined there. */
  positionBehind(cursor: string): number | undefined {
    const position = this.ambiguous ? undefined : this.positions.get(cursor);
    return position === undefined || position < this.first ? undefined : position + 1;
  }

  get joinable(): boolean {
    return !this.ambiguous;
  }

  get all(): Iterable<FeedSubscriber> {
    return this.subscribers;
  }

  join(subscriber: FeedSubscriber): void {
    this.subscribers.add(subscriber);
  }

  /** When the last subscriber leaves, the stream ends at its source. */
  async leave(subscriber: FeedSubscriber): Promise<void> {
    this.subscribers.delete(subscriber);
    if (this.subscribers.size > 0) return;
    this.on.over(this);
    if (!this.ended) await this.source.return?.();
    this.ended = true;
  }

  /** Undefined if it has not arrived yet; throws if it was already dropped. */
  at(position: number): FeedMessage | undefined {
    if (position < this.first) {
      throw unavailable('This subscriber reads too slowly; subscribe again with `after` to go on where it was.');
    }
    return this.messages.get(position);
  }

  /** Reads one more message, unless a read is in progress. */
  read(): void {
    if (this.reading || this.ended) return;
    this.reading = true;
    void this.readOne().finally(() => {
      this.reading = false;
      for (const subscriber of [...this.subscribers]) subscriber.wake();
    });
  }

  private async readOne(): Promise<void> {
    try {
      const { done, value } = await this.source.next();
      if (this.ended) return;
      if (done) return this.finish();
      this.add(value);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.finish();
    }
  }

  private finish(): void {
    this.ended = true;
    this.on.over(this);
  }

  private add(message: FeedMessage): void {
    const { cursor } = message;
    const position = this.end++;
    this.messages.set(position, message);
    if (cursor !== null) {
      this.ambiguous ||= this.positions.has(cursor);
      this.positions.set(cursor, position);
    }
    this.trim();
    if (cursor !== null && !this.ambiguous) this.on.message(this, cursor);
  }

  private trim(): void {
    let slowest = this.end;
    for (const { position } of this.subscribers) slowest = Math.min(slowest, position);
    const keepFrom = Math.max(this.end - MOST_BEHIND, slowest - HISTORY);
    for (; this.first < keepFrom; this.first++) {
      const cursor = this.messages.get(this.first)?.cursor;
      this.messages.delete(this.first);
      if (cursor != null && this.positions.get(cursor) === this.first) this.positions.delete(cursor);
    }
  }
}

/** The position of a subscriber in a feed. It can move to another feed with the same continuation. */
export class FeedSubscriber implements AsyncIterableIterator<ExecutionResult> {
  position: number;
  /** The cursor of the last delivered message. */
  cursor: string | null = null;
  private feed: EventFeed;
  private closed = false;
  private waiting: (() => void) | undefined;

  constructor(
    feed: EventFeed,
    /** Called after a delivered message, to look for a feed to share. */
    private readonly onDelivered: (subscriber: FeedSubscriber, feed: EventFeed) => void,
  ) {
    this.feed = feed;
    this.position = feed.end;
    feed.join(this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Rejects with UNAVAILABLE if it is too far behind, and with the failure of the stream. */
  async next(): Promise<IteratorResult<ExecutionResult>> {
    try {
      for (;;) {
        if (this.closed) return { value: undefined, done: true };
        const message = this.feed.at(this.position);
        if (message) return this.deliver(message);
        if (this.feed.ended) {
          if (this.feed.failure) throw this.feed.failure;
          await this.return();
          continue;
        }
        const woken = new Promise<void>((resolve) => (this.waiting = resolve));
        this.feed.read();
        await woken;
      }
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    if (!this.closed) {
      this.closed = true;
      this.wake();
      await this.feed.leave(this);
    }
    return { value: undefined, done: true };
  }

  wake(): void {
    this.waiting?.();
    this.waiting = undefined;
  }

  /** Continues in another feed, whose messages from `position` on equal those that would follow here. */
  moveTo(feed: EventFeed, position: number): void {
    const left = this.feed;
    this.feed = feed;
    this.position = position;
    feed.join(this);
    void left.leave(this).catch(() => undefined);
    this.wake();
  }

  /** Whether it waits for the next message. */
  get isUpToDate(): boolean {
    return !this.closed && this.position === this.feed.end;
  }

  private deliver({ cursor, result }: FeedMessage): IteratorResult<ExecutionResult> {
    this.position++;
    this.cursor = cursor;
    this.onDelivered(this, this.feed);
    return { value: result, done: false };
  }
}
