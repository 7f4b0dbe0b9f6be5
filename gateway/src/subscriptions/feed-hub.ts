import { EventFeed, FeedSubscriber, type FeedMessage } from './event-feed.ts';

/**
 * Subscribers for whom everything must come out the same, by a key: operation, variables, rights. Each begins with a
 * stream of its own (its own snapshot, its own `after`) and moves to the oldest feed of its key as soon as both have
 * seen the message with the same cursor: from there on the two continue equally, so nothing is missed and nothing
 * comes twice. A thousand equal subscribers soon cost one stream and one join per event.
 */
export class FeedHub {
  /** Per key, the oldest first. */
  private readonly feeds = new Map<string, Set<EventFeed>>();

  /** How many streams are open. */
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

  /** A subscriber has been given a message that the oldest feed may have, too. */
  private merge(key: string | null, subscriber: FeedSubscriber, feed: EventFeed): void {
    const oldest = this.oldest(key);
    if (!oldest || oldest === feed || !feed.joinable || subscriber.cursor === null) return;
    const position = oldest.positionBehind(subscriber.cursor);
    if (position !== undefined) subscriber.moveTo(oldest, position);
  }

  /** The oldest feed has come to a message where others have been waiting for it. */
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
