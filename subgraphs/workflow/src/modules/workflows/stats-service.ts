import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import { ALL, type DayRow, type StatsScope, type StatsStore, type StepRow, type TotalsRow } from './stats-store.ts';
import { visibleOwner } from './workflow-access.ts';

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
  readonly perDay: Omit<DayRow, 'key'>[];
  readonly slowestSteps: {
    readonly workflowId: string;
    readonly stepId: string;
    readonly executions: number;
    readonly averageDurationMs: number;
    readonly p95DurationMs: number;
  }[];
}

const DAY_MS = 86_400_000;

/** Figures of the last days, today included, by the days of UTC. */
export class StatsService {
  constructor(
    private readonly store: StatsStore,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** Of each of these workflows, which the caller must be allowed to see. */
  ofWorkflows(workflowIds: readonly string[], days: number): Promise<WorkflowStats[]> {
    return this.read({ workflowIds }, workflowIds, days);
  }

  /** Of all workflows the viewer may see. */
  async ofViewer(viewer: Viewer, days: number): Promise<WorkflowStats> {
    const [stats] = await this.read({ ownerId: visibleOwner(viewer) }, [ALL], days);
    return stats as WorkflowStats;
  }

  private async read(scope: StatsScope, keys: readonly string[], days: number): Promise<WorkflowStats[]> {
    if (!Number.isInteger(days) || days < 1 || days > 366) throw badInput('days', 'must be 1 to 366');
    const today = Math.floor(this.now().getTime() / DAY_MS) * DAY_MS;
    const from = new Date(today - (days - 1) * DAY_MS);
    const [totals, perDay, slowest] = await Promise.all([
      this.store.totals(scope, from),
      this.store.days(scope, from),
      this.store.slowest(scope, from),
    ]);
    const dates = Array.from({ length: days }, (_, n) =>
      new Date(from.getTime() + n * DAY_MS).toISOString().slice(0, 10),
    );
    return keys.map((key) => {
      const own = perDay.filter((row) => row.key === key);
      return {
        ...toTotals(totals.find((row) => row.key === key)),
        perDay: dates.map((day) => dayOf(own, day)),
        slowestSteps: slowest.filter((row) => row.key === key).map(toStep),
      };
    });
  }
}

function toTotals(row: TotalsRow | undefined) {
  const { completed = 0, failed = 0 } = row ?? {};
  return {
    totalExecutions: row?.total ?? 0,
    activeExecutions: row?.active ?? 0,
    completedExecutions: completed,
    failedExecutions: failed,
    cancelledExecutions: row?.cancelled ?? 0,
    successRate: completed + failed === 0 ? null : completed / (completed + failed),
    averageDurationMs: row?.average ?? null,
    p50DurationMs: row?.p50 ?? null,
    p95DurationMs: row?.p95 ?? null,
  };
}

function dayOf(rows: readonly DayRow[], day: string) {
  const { started = 0, completed = 0, failed = 0 } = rows.find((row) => row.day === day) ?? {};
  return { day, started, completed, failed };
}

const toStep = ({ workflowId, stepId, executions, average, p95 }: StepRow) => ({
  workflowId,
  stepId,
  executions,
  averageDurationMs: average,
  p95DurationMs: p95,
});
