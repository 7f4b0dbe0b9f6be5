/** Bounds of one operation. Refusals name the limit that was passed. */
export const LIMITS = {
  /** Bytes of a request body; JSON inputs may have 1 MB each. */
  bodyBytes: 2 * 1024 * 1024,
  tokens: 5_000,
  depth: 15,
  aliases: 30,
  directives: 5,
  rootFields: 20,
  /** Objects an operation can make us produce, lists multiplied by their page size. */
  cost: 50_000,
  /** Subscriptions and operations at the same time over one WebSocket. */
  operationsPerSocket: 100,
} as const;
