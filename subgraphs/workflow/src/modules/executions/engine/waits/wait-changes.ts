import type { AttemptKey } from '../commands.ts';
import type { EventWait, NewSignal } from './event-wait.ts';

/** What the commands of one transaction change of the waits and signals of an execution. */
export class WaitChanges {
  readonly begun: { readonly stepId: string; readonly key: AttemptKey; readonly wait: EventWait }[] = [];
  readonly signals: NewSignal[] = [];
  readonly consumed: { readonly signalId: string; readonly stepId: string; readonly generation: number }[] = [];
  /** Signals that no step has taken, of those that commands name: one set for all executions of the transaction. */
  free = new Set<string>();

  /** False when the signal was taken before. */
  take(signalId: string, stepId: string, generation: number): boolean {
    if (!this.free.delete(signalId)) return false;
    this.consumed.push({ signalId, stepId, generation });
    return true;
  }
}
