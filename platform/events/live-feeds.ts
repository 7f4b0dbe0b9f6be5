import { LiveFeed } from './live-feed.ts';
import { comparePositions, formatPosition, parsePosition, type LogPosition } from './position.ts';
import type { EventBus, EventLog } from './types.ts';

const POLL_MS = 2_000;
const STREAMS_PER_POLL = 1_000;

/**
 * The feeds of one log in this process. Listens to the bus while there are subscribers, and checks the log every two
 * seconds for lost signals, with one statement for all streams.
 */
export class LiveFeeds {
  private readonly streams = new Map<string, LiveFeed<number>>();
  private wholeLog: LiveFeed<LogPosition> | undefined;
  private stopListening: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private polling = false;

  constructor(
    private readonly bus: EventBus,
    private readonly log: EventLog,
    private readonly onIdle: () => void,
  ) {}

  get subscribers(): number {
    let count = this.wholeLog?.size ?? 0;
    for (const feed of this.streams.values()) count += feed.size;
    return count;
  }

  /** The feed of one stream. Attach to it at once: an empty feed is forgotten. */
  stream(stream: string): LiveFeed<number> {
    this.listen();
    let feed = this.streams.get(stream);
    if (!feed) {
      feed = new LiveFeed<number>(
        {
          read: (after, limit) => this.log.readStream(stream, after, limit),
          cursorOf: (event) => event.streamSeq,
          compare: (a, b) => a - b,
          follows: (cursor, next) => next === cursor + 1,
        },
        () => {
          this.streams.delete(stream);
          this.rest();
        },
      );
      this.streams.set(stream, feed);
    }
    return feed;
  }

  /** The feed of the whole log. */
  all(): LiveFeed<LogPosition> {
    this.listen();
    this.wholeLog ??= new LiveFeed<LogPosition>(
      {
        read: (after, limit) => this.log.readAfter(formatPosition(after), { limit }),
        cursorOf: (event) => parsePosition(event.position),
        compare: comparePositions,
        follows: () => false,
      },
      () => {
        this.wholeLog = undefined;
        this.rest();
      },
    );
    return this.wholeLog;
  }

  private listen(): void {
    if (this.stopListening) return;
    this.stopListening = this.bus.listen((event) => {
      if (event.domain !== this.log.domain) return;
      this.streams.get(event.stream)?.signal(event);
      this.wholeLog?.signal(event);
    });
    this.timer = setInterval(() => void this.poll(), POLL_MS);
    this.timer.unref();
  }

  private rest(): void {
    if (this.streams.size > 0 || this.wholeLog) return;
    this.stopListening?.();
    this.stopListening = undefined;
    clearInterval(this.timer);
    this.onIdle();
  }

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      this.wholeLog?.readSoon();
      const streams = [...this.streams.keys()];
      for (let first = 0; first < streams.length; first += STREAMS_PER_POLL) {
        const heads = await this.log.streamHeads(streams.slice(first, first + STREAMS_PER_POLL));
        for (const [stream, seq] of heads) this.streams.get(stream)?.announce(seq);
      }
    } catch {
      // The log cannot be read at present; the next poll asks again.
    } finally {
      this.polling = false;
    }
  }
}

const kept = new WeakMap<EventBus, Map<EventLog, LiveFeeds>>();

/** The feeds of this bus and log, for as long as anybody subscribes: take a feed from it and attach at once. */
export function feedsOf(bus: EventBus, log: EventLog): LiveFeeds {
  const ofBus = kept.get(bus) ?? new Map<EventLog, LiveFeeds>();
  kept.set(bus, ofBus);
  const feeds = ofBus.get(log) ?? new LiveFeeds(bus, log, () => ofBus.delete(log));
  ofBus.set(log, feeds);
  return feeds;
}

/** Subscribers of this process to anything that comes over this bus. */
export function subscriberCount(bus: EventBus): number {
  let count = 0;
  for (const feeds of kept.get(bus)?.values() ?? []) count += feeds.subscribers;
  return count;
}
