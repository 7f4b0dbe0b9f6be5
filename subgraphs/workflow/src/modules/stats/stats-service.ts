import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import { visibleOwner } from '../workflows/workflow-access.ts';
import { percentile } from './durations.ts';
import { ALL, type StatsScope, type StatsStore, type StepRow, type TotalsRow } from './stats-store.ts';

export interface WorkflowStats {
  readonly totalExecutions: number;
  readonly activeExecutions: number;
  readonly completedExecutions: number;
  readonly failedExecutions: number;
  readonly cancelledExecutions: number;
  readonly successRate: number | null;
  readonly averageDurationMs: number | null;
  readonly p50DurationMs: number | null;
  readonly p95DurationMs: number | null;
  readonly averageQueueWaitMs: number | null;
  readonly p50QueueWaitMs: number | null;
  readonly p95QueueWaitMs: number | null;
  readonly retries: number;
  readonly costUsd: number;
  readonly perDay: {
    readonly day: string;
    readonly started: number;
    readonly completed: number;
    readonly failed: number;
    readonly cancelled: number;
    readonly costUsd: number;
  }[];
  readonly slowestSteps: {
    readonly workflowId: string;
    readonly stepId: string;
    readonly executions: number;
    readonly failures: number;
    readonly retries: number;
    readonly costUsd: number;
    readonly averageDurationMs: number;
    readonly p50DurationMs: number;
    readonly p95DurationMs: number;
    readonly p99DurationMs: number;
  }[];
}

const DAY_MS = 86_400_000;
/** Longest period anybody can ask for. */
export const MOST_DAYS = 366;

/** Figures of the last days, today included, by the days of UTC. */
export class StatsService {
  constructor(
    private readonly store: StatsStore,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** Of each of these workflows, which the caller must be allowed to see. */
  ofWorkflows(workflowIds: readonly string[], { days, steps }: StatsArguments): Promise<WorkflowStats[]> {
    return this.read({ workflowIds }, workflowIds, days, steps);
  }

  /** Of all workflows the viewer may see. */
  ofViewer(viewer: Viewer, args: StatsArguments): Promise<WorkflowStats> {
    return this.ofOwner(visibleOwner(viewer), args);
  }

  /** Of all workflows that this user owns; of everybody's, when null. */
  async ofOwner(ownerId: string | null, { days, steps }: StatsArguments): Promise<WorkflowStats> {
    const [stats] = await this.read({ ownerId }, [ALL], days, steps);
    return stats as WorkflowStats;
  }

  private async read(
    scope: StatsScope,
    keys: readonly string[],
    days: number,
    steps: number,
  ): Promise<WorkflowStats[]> {
    if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) throw badInput('days', `must be 1 to ${MOST_DAYS}`);
    if (!Number.isInteger(steps) || steps < 0 || steps > 100) throw badInput('slowest', 'must be 0 to 100');
    const today = Math.floor(this.now().getTime() / DAY_MS) * DAY_MS;
    const dates = Array.from({ length: days }, (_, n) =>
      new Date(today - (days - 1 - n) * DAY_MS).toISOString().slice(0, 10),
    );
    const [from = ''] = dates;
    const [totals, slowest] = await Promise.all([
      this.store.totals(scope, from),
      steps === 0 ? [] : this.store.slowest(scope, from, steps),
    ]);
    return keys.map((key) => {
      const row = totals.find((each) => each.key === key) ?? NOTHING;
      return {
        ...toTotals(row),
        perDay: dates.map((day) => dayOf(row, day)),
        slowestSteps: slowest.filter((each) => each.key === key).map(toStep),
      };
    });
  }
}

export interface StatsArguments {
  readonly days: number;
  /** How many of the slowest steps. */
  readonly steps: number;
}

const NOTHING: Omit<TotalsRow, 'key'> = {
  started: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  durationMs: 0,
  waited: 0,
  waitedMs: 0,
  retries: 0,
  durations: {},
  waits: {},
  ended: {},
  startedByDay: {},
  costUsd: 0,
  costByDay: {},
};

function toTotals(row: Omit<TotalsRow, 'key'>) {
  const { started, completed, failed, cancelled, durations, waits } = row;
  return {
    totalExecutions: started,
    activeExecutions: started - completed - failed - cancelled,
    completedExecutions: completed,
    failedExecutions: failed,
    cancelledExecutions: cancelled,
    successRate: share(completed, completed + failed),
    averageDurationMs: share(row.durationMs, completed),
    p50DurationMs: percentile(durations, 0.5),
    p95DurationMs: percentile(durations, 0.95),
    averageQueueWaitMs: share(row.waitedMs, row.waited),
    p50QueueWaitMs: percentile(waits, 0.5),
    p95QueueWaitMs: percentile(waits, 0.95),
    retries: row.retries,
    costUsd: row.costUsd,
  };
}

/** Null where there is nothing to share; sums of fractions may miss zero by a hair. */
const share = (part: number, whole: number): number | null => (whole === 0 ? null : Math.max(0, part / whole));

const dayOf = ({ startedByDay, ended, costByDay }: Omit<TotalsRow, 'key'>, day: string) => ({
  day,
  started: startedByDay[day] ?? 0,
  completed: ended[`${day} COMPLETED`] ?? 0,
  failed: ended[`${day} FAILED`] ?? 0,
  cancelled: ended[`${day} CANCELLED`] ?? 0,
  costUsd: costByDay[day] ?? 0,
});

function toStep({ workflowId, stepId, completed, failed, retries, costUsd, durationMs, durations }: StepRow) {
  // It has completed at least once.
  const at = (part: number) => percentile(durations, part) ?? 0;
  return {
    workflowId,
    stepId,
    executions: completed,
    failures: failed,
    retries,
    costUsd,
    averageDurationMs: Math.max(0, durationMs / completed),
    p50DurationMs: at(0.5),
    p95DurationMs: at(0.95),
    p99DurationMs: at(0.99),
  };
}
