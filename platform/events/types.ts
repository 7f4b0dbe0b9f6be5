/**
 * Domain events. A domain appends them to its own `outbox_events` table in the transaction that caused them; a relay
 * hands them to the bus; subscriptions and other domains read them from there.
 */
export interface NewEvent<T = unknown> {
  /** `agent.registered`, `workflow.step.completed` … */
  readonly type: string;
  /** Version of the payload's shape, from 1. */
  readonly version: number;
  /** What it happened to, e.g. `workflow-execution:<id>`; events of one stream are numbered without gaps. */
  readonly stream: string;
  /**
   * Number within the stream, from 1: taken under the row lock of the object it happened to. Leave out for streams
   * nobody resumes by number.
   */
  readonly streamSeq?: number | undefined;
  /** Who owns the object: subscriptions show events to the owner, and to holders of the `-any` scope. */
  readonly ownerId: string;
  readonly payload: T;
  readonly requestId?: string | undefined;
}

export interface StoredEvent<T = unknown> extends NewEvent<T> {
  /** Unique and the same on each delivery: `<domain>:<number>`. */
  readonly id: string;
  readonly domain: string;
  /**
   * Opaque position in the domain's log, in commit-safe order: reading after it misses no event, even of transactions
   * that were open meanwhile.
   */
  readonly position: string;
  readonly occurredAt: Date;
}

/** Reads a domain's own log; the truth that subscriptions replay from. */
export interface EventLog {
  /** Whose log it is. */
  readonly domain: string;
  /** Events behind `after` (from the beginning when null), oldest first, only of finished transactions. */
  readAfter(
    after: string | null,
    options: { readonly limit: number; readonly types?: readonly string[]; readonly ownerId?: string | undefined },
  ): Promise<StoredEvent[]>;
  /** Events of one stream with a number above `afterSeq`, oldest first. */
  readStream(stream: string, afterSeq: number, limit: number): Promise<StoredEvent[]>;
  /** Highest number of each of these streams that has one. */
  streamHeads(streams: readonly string[]): Promise<Map<string, number>>;
  /** A position behind which every event appears that is committed from now on. */
  head(): Promise<string>;
}

export interface EventBus {
  /** Publishes events. An event with the same id may be published again and is stored once. Only called by relays. */
  publish(events: readonly StoredEvent[]): Promise<void>;
  /**
   * Calls `handler` for every event published from now on, in any process. A signal, not a guarantee: read the log
   * for what was missed. Returns how to stop.
   */
  listen(handler: (event: StoredEvent) => void): () => void;
  /**
   * A durable consumer: each event of these types at least once, in order, position kept under `group` whichever
   * process runs it. The handler must be idempotent; when it throws the event comes again (with growing waits).
   * A new group starts at the oldest event the bus keeps.
   */
  consume(
    group: string,
    types: readonly string[],
    handler: (event: StoredEvent) => Promise<void>,
  ): Promise<{ stop(): Promise<void> }>;
  /**
   * Lag of a group in which this process takes part: seconds since its first unhandled event was published, 0 when there
   * is none.
   */
  behindSeconds(group: string): Promise<number>;
  /** Round trip to the store behind it, for readiness. */
  check(): Promise<void>;
  close(): Promise<void>;
}
