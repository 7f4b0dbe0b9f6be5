import type { Queued } from '../fairness/index.ts';

/** Whoever is not named. */
export const SYSTEM = 'system';

export interface Job extends Queued {
  readonly timeoutMs: number;
  /** `timeoutMs` or more: how long it may go on while nobody waits for its place. */
  readonly idleTimeoutMs: number;
  /** Pieces of the JSON text of the task. */
  readonly message: () => Promise<readonly Buffer[]>;
  /** Of the processes that are idle, the one that did work of the same name last is taken first. */
  readonly affinity?: string | undefined;
  /** How work is stopped that can put away what it holds elsewhere; without it, the process is ended at once. */
  readonly stop?: StopRules | undefined;
}

export interface StopRules {
  /** Nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** So long after it was asked to stop, its process is ended. */
  readonly graceMs: number;
}
