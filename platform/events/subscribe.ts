import { aheadOfEverything, notACursor } from './cursor-problems.ts';
import { feedsOf } from './live-feeds.ts';
import { LiveSubscriber } from './live-subscriber.ts';
import { comparePositions, formatPosition, parsePosition, type LogPosition } from './position.ts';
import type { EventBus, EventLog, StoredEvent } from './types.ts';

const PAGE = 500;
const MAX_SEQ = 2 ** 31 - 1;
/** Events a live subscriber may be behind before it is closed. */
const MAX_BUFFERED = 10_000;

export interface StreamSubscription {
  readonly log: EventLog;
  readonly bus: EventBus;
  readonly stream: string;
  /** Number of the last event already seen, 0 for none. */
  readonly afterSeq: number;
  /** Ends the subscription. */
  readonly signal?: AbortSignal | undefined;
  readonly maxBuffered?: number | undefined;
}

/**
 * Every event of one stream after `afterSeq`, in order, each once, as it happens. Starts to listen when called, so always
 * call `return()` (or abort). Throws BAD_USER_INPUT for an impossible number. The iterator fails with BAD_USER_INPUT when
 * the events after it are no longer kept or it is after the end of the stream, and with UNAVAILABLE when the subscriber is
 * too slow or the database cannot be read.
 */
export function subscribeToStream(options: StreamSubscription): AsyncIterableIterator<StoredEvent> {
  const { log, bus, stream, afterSeq, signal, maxBuffered = MAX_BUFFERED } = options;
  if (!Number.isInteger(afterSeq) || afterSeq < 0 || afterSeq > MAX_SEQ) {
    throw notACursor();
  }
  const feed = feedsOf(bus, log).stream(stream);
  const subscriber = new LiveSubscriber<number>({
    source: {
      async replay(after) {
        const events = await log.readStream(stream, after, PAGE);
        if (after > 0 && after === afterSeq && events.length === 0) await refuseAhead(log, stream, after);
        return { events, end: events.at(-1)?.streamSeq ?? after, done: events.length < PAGE };
      },
      goLive: (self) => feed.goLive(self),
      detach: (self) => feed.detach(self),
    },
    start: Promise.resolve(afterSeq),
    accepts: () => true,
    maxBuffered,
    signal,
  });
  if (!signal?.aborted) feed.attach(subscriber);
  return subscriber;
}

async function refuseAhead(log: EventLog, stream: string, after: number): Promise<void> {
  const head = (await log.streamHeads([stream])).get(stream);
  if (head !== undefined && head < after) {
    throw aheadOfEverything();
  }
}

export interface LogSubscription {
  readonly log: EventLog;
  readonly bus: EventBus;
  /** Position of the last event already seen; null: from now on. */
  readonly after: string | null;
  /** Only these types. */
  readonly types?: readonly string[] | undefined;
  /** Only of this owner. */
  readonly ownerId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly maxBuffered?: number | undefined;
}

/**
 * The events of a domain behind `after`, in the order of its log, each once, as they happen. Two events of one object
 * whose transactions overlapped may come in either order: their `streamSeq` tells. Otherwise as `subscribeToStream`.
 */
export function subscribeToLog(options: LogSubscription): AsyncIterableIterator<StoredEvent> {
  const { log, bus, after, types, ownerId, signal, maxBuffered = MAX_BUFFERED } = options;
  const start = after === null ? undefined : parsePosition(after);
  const feed = feedsOf(bus, log).all();
  const wanted = types && new Set(types);
  const subscriber = new LiveSubscriber<LogPosition>({
    source: {
      async replay(from) {
        // Asked for first: whatever lies before it is in the page, or was left out by the filter.
        const head = parsePosition(await log.head());
        const filter = { limit: PAGE, ...(types && { types }), ownerId };
        const events = await log.readAfter(formatPosition(from), filter);
        const last = events.at(-1);
        const end = last ? parsePosition(last.position) : from;
        const done = events.length < PAGE;
        return { events, end: done && comparePositions(end, head) < 0 ? head : end, done };
      },
      goLive: (self) => feed.goLive(self),
      detach: (self) => feed.detach(self),
    },
    start: start ? Promise.resolve(start) : log.head().then(parsePosition),
    accepts: (event) => (!wanted || wanted.has(event.type)) && (ownerId === undefined || event.ownerId === ownerId),
    maxBuffered,
    signal,
  });
  if (!signal?.aborted) feed.attach(subscriber);
  return subscriber;
}
