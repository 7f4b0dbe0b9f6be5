import type { AttemptKey } from '../commands.ts';

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

/** What the commands of one transaction change of the waits and signals of an execution. */
export class WaitChanges {
  readonly begun: { readonly stepId: string; readonly key: AttemptKey; readonly wait: EventWait }[] = [];
  readonly signals: NewSignal[] = [];
  readonly consumed: { readonly signalId: string; readonly stepId: string; readonly generation: number }[] = [];
  /** Signals that no step has taken, of those that commands name; read while the execution is locked. */
  readonly free = new Set<string>();

  /** False when the signal was taken before. */
  take(signalId: string, stepId: string, generation: number): boolean {
    if (!this.free.delete(signalId)) return false;
    this.consumed.push({ signalId, stepId, generation });
    return true;
  }
}
