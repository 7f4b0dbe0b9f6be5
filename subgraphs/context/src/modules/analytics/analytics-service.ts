import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import type { ContextRecord } from '../contexts/context-record.ts';
import type { AnalyticsStore, AnalyticsSummary, ContextAnalytics, Interval, Trend } from './analytics-store.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MOST_DAYS = 400;
const MOST_PIECES = 400;

/** What is left out has its default; no agent or workflow: all of them, and people. */
export interface AnalyticsArguments {
  readonly from?: Date | null;
  readonly to?: Date | null;
  readonly agentId?: string | null;
  readonly workflowId?: string | null;
}

/** How contexts are used. */
export class AnalyticsService {
  constructor(private readonly store: AnalyticsStore) {}

  /** Throws `badInput` for a time that is empty or longer than 400 days. */
  ofContext({ id }: ContextRecord, asked: AnalyticsArguments): Promise<ContextAnalytics> {
    const { from, to, agentId = null, workflowId = null } = asked;
    const end = to ?? new Date((Math.floor(Date.now() / DAY_MS) + 1) * DAY_MS);
    const begin = from ?? new Date(end.getTime() - DEFAULT_DAYS * DAY_MS);
    checkTime(begin, end);
    return this.store.ofContext(id, { from: begin, to: end, agentId, workflowId });
  }

  summary(viewer: Viewer): Promise<AnalyticsSummary> {
    return this.store.summary(viewer);
  }

  /** Throws `badInput` for a time that is empty, or of more than 400 pieces. */
  async trends(viewer: Viewer, from: Date, to: Date, interval: Interval): Promise<Trend[]> {
    if (from >= to) throw badInput('to', 'must be later than `from`');
    const pieceDays = { DAY: 1, WEEK: 7, MONTH: 28 }[interval];
    if ((to.getTime() - from.getTime()) / (pieceDays * DAY_MS) > MOST_PIECES) {
      throw badInput('from', `must be at most ${MOST_PIECES} pieces before \`to\``);
    }
    return this.store.trends(viewer, from, to, interval);
  }
}

function checkTime(from: Date, to: Date): void {
  if (from >= to) throw badInput('to', 'must be later than `from`');
  if (to.getTime() - from.getTime() > MOST_DAYS * DAY_MS) {
    throw badInput('from', `must be at most ${MOST_DAYS} days before \`to\``);
  }
}
