import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { Costs, SPENT } from './costs.ts';
import { MOST_DAYS, StatsService } from './stats-service.ts';
import { StatsStore } from './stats-store.ts';

/** Of the bus. */
const GROUP = 'workflow-costs';
/** Until then, changes are summed up when they are read. */
const EVERY_MS = 2_000;
const AT_ONCE = 5_000;
const MOST_AT_A_TURN = 20;

/** Figures of workflows, and the work that keeps them cheap to read. */
export function createStats(domain: OpenDomain): StatsService {
  const { pool, queues, bus } = domain;
  const store = new StatsStore(pool);
  domain.inWorkers('sums of statistics', () =>
    queues.repeat('workflow-stats', EVERY_MS, async () => {
      // What a turn does not reach is left to the next one.
      for (let turn = 0; turn < MOST_AT_A_TURN; turn += 1) if ((await store.sumUp(AT_ONCE)) < AT_ONCE) return;
    }),
  );
  const costs = new Costs(pool);
  domain.consume(GROUP, () => bus.consume(GROUP, [SPENT], (event) => costs.count(event)));
  domain.retain('workflow-stats-calls', (limit) => costs.forget(limit));
  domain.retain('workflow-stats', (limit) => store.removeOld(MOST_DAYS + 1, limit));
  return new StatsService(store);
}
