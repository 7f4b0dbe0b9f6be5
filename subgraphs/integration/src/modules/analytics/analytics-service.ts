import { badInput } from '@flowmesh/platform/errors';
import type { CallFigures, Period } from './analytics-record.ts';
import type { AnalyticsStore } from './analytics-store.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 92;

/** Figures of an integration that the viewer may see, and of which time they are. */
export type Analytics = CallFigures & Period & { readonly integrationId: string };

/** What became of calls. */
export class AnalyticsService {
  constructor(private readonly store: AnalyticsStore) {}

  /** Throws BAD_USER_INPUT for a time that cannot be. */
  async of(
    integrationId: string,
    asked: { readonly from?: Date | null | undefined; readonly to?: Date | null | undefined },
  ): Promise<Analytics> {
    const to = asked.to ?? new Date();
    const from = asked.from ?? new Date(to.getTime() - DAY_MS);
    if (from >= to) throw badInput('from', 'must be before `to`');
    if (to.getTime() - from.getTime() > MOST_DAYS * DAY_MS) {
      throw badInput('from', `must be at most ${MOST_DAYS} days before \`to\``);
    }
    return { integrationId, from, to, ...(await this.store.figures(integrationId, { from, to })) };
  }

  errors({ integrationId, ...period }: Analytics) {
    return this.store.errors(integrationId, period);
  }

  operations({ integrationId, ...period }: Analytics) {
    return this.store.operations(integrationId, period);
  }
}
