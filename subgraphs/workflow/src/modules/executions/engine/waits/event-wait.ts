/** What a step waits for. */
export interface EventWait {
  /** Name of a signal, or type of a domain event. */
  readonly event: string;
  /** Whether it is a domain event, which is looked for among all that happens. */
  readonly isDomainEvent: boolean;
  /** `<field>=<value>`: the payload must have this value there; empty when any will do. */
  readonly matchKey: string;
  /** Whoever started the execution: domain events of others are none of its business. */
  readonly starterId: string;
  readonly timeoutSeconds: number;
}

/** Something that was told to an execution. */
export interface NewSignal {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  /** The user who sent it; null for a domain event. */
  readonly sentById: string | null;
  readonly idempotencyKey: string | null;
  readonly requestDigest: string | null;
}
