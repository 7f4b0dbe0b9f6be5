import type { Viewer } from '../access/index.ts';
import { badInput } from '../errors/index.ts';
import { liveStream } from './live-stream.ts';
import { startOfLog, startOfStream } from './starts.ts';
import { subscribeToLog, subscribeToStream } from './subscribe.ts';
import type { EventBus, EventLog, StoredEvent } from './types.ts';

/** Who subscribes, and to which log; the context of an operation is one. */
export interface LiveCaller<Services = unknown> {
  readonly viewer: Viewer;
  /** Ends the stream. */
  readonly signal?: AbortSignal | undefined;
  readonly services: Services & { readonly log: EventLog; readonly bus: EventBus };
}

/** What subscribers are sent. With `after: cursor` a subscription goes on behind it. */
export type Message<Shown> = Shown & { readonly cursor: string; readonly occurredAt: Date };

interface Opened<Shown> {
  /** Comes before all events. */
  readonly first: Message<Shown> | null;
  /** Nothing follows. */
  readonly hasEnded: boolean;
  readonly events: (signal: AbortSignal) => AsyncIterable<StoredEvent>;
  /** No message: the event is not wanted. */
  readonly show: (event: StoredEvent) => Promise<{ readonly message: Message<Shown> | null; readonly isLast: boolean }>;
}

/** What is particular to a subscription: `updatesOfLog` or `updatesOfObject`. */
export type Updates<Shown> = (caller: LiveCaller, after: string | null) => Promise<Opened<Shown>>;

/**
 * The stream of a subscription. Permissions and cursor are checked before the stream starts, and throw BAD_USER_INPUT or
 * UNAUTHENTICATED. The stream then contains all events after `after` and all new ones, in order and without gaps. It ends
 * with its object, with the caller, or by `return()`, even while a message is awaited.
 */
export async function streamUpdates<Shown>(
  caller: LiveCaller,
  after: string | null | undefined,
  updates: Updates<Shown>,
): Promise<AsyncIterableIterator<Message<Shown>>> {
  const { first, hasEnded, events, show } = await updates(caller, after ?? null);
  return liveStream(caller.signal, async function* (signal) {
    if (first) yield first;
    if (hasEnded) return;
    for await (const event of events(signal)) {
      const { message, isLast } = await show(event);
      if (message) yield message;
      if (isLast) return;
    }
  });
}

export interface LogUpdates<Type, Shown> {
  /** The types of events that are told, and what the schema calls them. */
  readonly shownAs: Readonly<Record<string, Type>>;
  /** Only these; all when there are none. */
  readonly types?: readonly Type[] | null | undefined;
  /** Only what belongs to this user; null: to anybody. */
  readonly ownerId: string | null;
  /** Of the first message, which tells nothing but where the log stands. */
  readonly marker: Shown;
  /** Null for an event that is not wanted. */
  readonly show: (event: StoredEvent) => Shown | null;
}

/** Events of everything in a domain's log that the viewer may see, behind `after` or from now on; a marker comes first. */
export const updatesOfLog =
  <Type, Shown extends object>(updates: LogUpdates<Type, Shown>): Updates<Shown & { readonly type: Type | null }> =>
  async ({ services: { log, bus } }, after) => {
    const { shownAs, types: wanted, ownerId, marker } = updates;
    const types = Object.keys(shownAs).filter((type) => !wanted || wanted.includes(shownAs[type] as Type));
    const start = await startOfLog(log, after);
    return {
      first: { ...marker, type: null, cursor: start, occurredAt: new Date() },
      hasEnded: false,
      events: (signal) => subscribeToLog({ log, bus, after: start, types, ownerId: ownerId ?? undefined, signal }),
      async show(event) {
        const { position: cursor, occurredAt } = event;
        const shown = updates.show(event);
        const message = shown && { ...shown, type: shownAs[event.type] ?? null, cursor, occurredAt };
        return { message, isLast: false };
      },
    };
  };

export interface ObjectUpdates<State, Shown> {
  /** The stream that the object's events are in. */
  readonly stream: string;
  /** The object now; null when there is none, or none that the viewer may see. */
  readonly find: () => Promise<State | null>;
  /** What subscribers are told then: the argument that names it, and what it is. */
  readonly missing: { readonly argument: string; readonly what: string };
  /** The object not older than its event number `seq`; null when it is gone, which ends the stream. Left out: `find`. */
  readonly read?: (seq: number) => Promise<State | null>;
  /** Number of the last event that the state shows. */
  readonly seqOf: (state: State) => number;
  /** Nothing more happens to it, unless it is begun again. */
  readonly hasEnded: (state: State) => boolean;
  /** The state may be further on than the event. Null: the state as it is, without an event. */
  readonly show: (state: State, event: StoredEvent | null) => Shown;
}

/** An object as it changes, to its end. Without `after` its state comes first, with it just what happened behind it. */
export const updatesOfObject =
  <State, Shown extends object>(updates: ObjectUpdates<State, Shown>): Updates<Shown> =>
  async ({ services: { log, bus } }, after) => {
    const { stream, find, missing, read = find, seqOf, hasEnded, show } = updates;
    const state = await find();
    if (!state) throw badInput(missing.argument, `There is no such ${missing.what}, or you may not see it.`);
    const afterSeq = await startOfStream({ log, stream, after, current: seqOf(state) });
    // One that has ended may have been begun again since: then there is more to come.
    const isOver = (now: State, seq: number) => hasEnded(now) && seqOf(now) <= seq;
    return {
      first: after === null ? { ...show(state, null), cursor: String(afterSeq), occurredAt: new Date() } : null,
      hasEnded: isOver(state, afterSeq),
      events: (signal) => subscribeToStream({ log, bus, stream, afterSeq, signal }),
      async show(event) {
        const seq = event.streamSeq ?? 0;
        const now = await read(seq);
        if (!now) return { message: null, isLast: true };
        const message = { ...show(now, event), cursor: String(seq), occurredAt: event.occurredAt };
        return { message, isLast: isOver(now, seq) };
      },
    };
  };
