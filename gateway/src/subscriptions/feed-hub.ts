import { EventFeed, FeedSubscriber, type FeedMessage } from './event-feed.ts';

/**
 * Groups equal subscribers by a key of operation, variables and permissions. Each begins with its own stream (its own
 * snapshot and `after`) and moves to the oldest feed of its key as soon as both have received the message with the same
 * cursor. From then on both streams are equal, so no message is missed or repeated. A thousand equal subscribers soon
 * cost one stream and one join per event.
 */
export class FeedHub {
  /** Per key, the oldest first. */
  private readonly feeds = new Map<string, Set<EventFeed>>();

  /** The number of open streams. */
  get size(): number {
    let size = 0;
    for (const feeds of this.feeds.values()) size += feeds.size;
    return size;
  }

  /** A null key is never shared. */
  subscribe(key: string | null, source: AsyncIterator<FeedMessage>): FeedSubscriber {
    const feed = new EventFeed(source, {
      message: (of, cursor) => this.gather(key, of, cursor),
      over: (of) => this.remove(key, of),
    });
    if (key !== null) {
      const feeds = this.feeds.get(key);
      if (feeds) feeds.add(feed);
      else this.feeds.set(key, new Set([feed]));
    }
    return new FeedSubscriber(feed, (subscriber, of) => this.merge(key, subscriber, of));
  }

  private oldest(key: string | null): EventFeed | undefined {
    const [oldest] = (key !== null && this.feeds.get(key)) || [];
    return oldest;
  }

  /** A subscriber received a message that the oldest feed may have, too. */
  private merge(key: string | null, subscriber: FeedSubscriber, feed: EventFeed): void {
    const oldest = this.oldest(key);
    if (!oldest || oldest === feed || !feed.joinable || subscriber.cursor === null) return;
    const position = oldest.positionBehind(subscriber.cursor);
    if (position !== undefined) subscriber.moveTo(oldest, position);
  }

  /** The oldest feed has reached a message at which other subscribers wait to join it. */
  private gather(key: string | null, feed: EventFeed, cursor: string): void {
    if (key === null || this.oldest(key) !== feed) return;
    for (const other of [...(this.feeds.get(key) ?? [])]) {
      if (other === feed || !other.joinable) continue;
      for (const subscriber of [...other.all]) {
        if (subscriber.cursor === cursor && subscriber.isUpToDate) subscriber.moveTo(feed, feed.end);
      }
    }
  }

  private remove(key: string | null, feed: EventFeed): void {
    if (key === null) return;
    const feeds = this.feeds.get(key);
    feeds?.delete(feed);
    if (feeds?.size === 0) this.feeds.delete(key);
  }
}
