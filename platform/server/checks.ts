import type { CheckFigures, DependencyCheck } from '../subgraph/index.ts';

export interface CheckResult {
  readonly name: string;
  readonly status: 'up' | 'down';
  readonly latencyMs: number;
  readonly essential: boolean;
  readonly figures: CheckFigures;
  /** Why it is down; for the log and for administrators, not for everybody. */
  readonly error?: Error;
}

const CHECK_TIMEOUT_MS = 2_000;

/** Asks all at once; one that does not answer within 2 s is down. Never rejects. */
export function runChecks(
  checks: readonly DependencyCheck[],
  timeoutMs = CHECK_TIMEOUT_MS,
): Promise<readonly CheckResult[]> {
  return Promise.all(checks.map((check) => runCheck(check, timeoutMs)));
}

/** What the results say of whoever depends on them. */
export function stateOf(results: readonly CheckResult[]): 'ready' | 'degraded' | 'not ready' {
  const down = results.filter(({ status }) => status === 'down');
  if (down.some(({ essential }) => essential)) return 'not ready';
  return down.length > 0 ? 'degraded' : 'ready';
}

async function runCheck({ name, check, essential = true }: DependencyCheck, timeoutMs: number): Promise<CheckResult> {
  const started = performance.now();
  const latencyMs = () => Math.round((performance.now() - started) * 10) / 10;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    const figures = await Promise.race([(async () => check())(), deadline]);
    return { name, status: 'up', latencyMs: latencyMs(), essential, figures: figures ?? {} };
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    return { name, status: 'down', latencyMs: latencyMs(), essential, figures: figuresOf(reason), error: reason };
  } finally {
    clearTimeout(timer);
  }
}

const figuresOf = (error: Error): CheckFigures => ('figures' in error ? (error.figures as CheckFigures) : {});
