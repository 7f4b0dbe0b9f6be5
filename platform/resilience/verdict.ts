import type { BreakerRules } from './call-policy.ts';

/** What one process has seen of a dependency within the window. */
export interface Observer {
  readonly process: string;
  readonly successes: number;
  readonly failures: number;
}

/** An observer as it is shown. */
export interface ShownObserver extends Observer {
  /** Until when it makes no calls, because they fail only for it; null when it does make them. */
  readonly stoppedUntil: Date | null;
}

/** OPEN: for all processes. ALONE: only for this process, which stops calling. */
export type Verdict = 'CLOSED' | 'OPEN' | 'ALONE';

/**
 * Whether the dependency fails, according to the processes that call it. A majority must agree, so that a process with a
 * broken network does not block the dependency for the others.
 */
export function verdictOf(observers: readonly Observer[], self: string, rules: BreakerRules): Verdict {
  const isFailing = ({ successes, failures }: Pick<Observer, 'successes' | 'failures'>): boolean =>
    failures > 0 && failures * 100 >= rules.failureRatePercent * (successes + failures);
  const all = {
    successes: observers.reduce((sum, { successes }) => sum + successes, 0),
    failures: observers.reduce((sum, { failures }) => sum + failures, 0),
  };
  const failing = observers.filter(isFailing);
  const enough = ({ successes, failures }: typeof all) => successes + failures >= rules.minimumCalls;
  if (enough(all) && isFailing(all) && failing.length * 2 > observers.length) return 'OPEN';
  return failing.some((one) => one.process === self && enough(one)) ? 'ALONE' : 'CLOSED';
}
