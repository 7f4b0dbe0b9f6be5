import { retentionSettings } from '@flowmesh/platform/config';
import { onlyRow } from '@flowmesh/platform/database';
import type { StoredEvent } from '@flowmesh/platform/events';
import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { workflowSettings } from '../../workflow-config.ts';
import type { Pool } from 'pg';
import type { ExecutionService } from '../executions/execution-service.ts';
import type { MakerRights } from '../rights/maker-rights.ts';
import type { WorkflowStore } from '../workflows/workflow-store.ts';
import { TRIGGER_EVENTS, WEBHOOK_RECEIVED } from '../event-types/event-types.ts';
import { EventTriggers } from './events/event-triggers.ts';
import { WantedEvents } from './events/wanted-events.ts';
import { INTEGRATION_GONE } from './firings/reasons.ts';
import { FiringFacts } from './firings/facts.ts';
import { FiringRounds } from './firings/firing-rounds.ts';
import { FiringStore } from './firings/firing-store.ts';
import { Firings } from './firings/firings.ts';
import { TriggerService } from './trigger-service.ts';
import { TriggerStore } from './trigger-store.ts';

const EVENTS_GROUP = 'workflow-triggers';
const ROUND_MS = 1_000;
const INTEGRATION_DELETED = 'integration.deleted';

const integrationOf = ({ payload }: StoredEvent) => (payload as { readonly integrationId: string }).integrationId;

/** One clock for all processes. */
const databaseClock = (pool: Pool) => async (): Promise<Date> =>
  onlyRow((await pool.query<{ now: Date }>('select clock_timestamp() as now')).rows).now;

/** What starts executions by itself. */
export function createTriggers(
  domain: OpenDomain,
  workflows: WorkflowStore,
  executions: ExecutionService,
  makers: MakerRights,
  now = databaseClock(domain.pool),
) {
  const { pool, services, logger, queues, bus, config } = domain;
  const store = new TriggerStore(pool);
  const firings = new FiringStore(pool);
  const settling = new Firings({
    store: firings,
    triggers: store,
    executions,
    rights: makers,
    facts: new FiringFacts(services),
    serviceWaitMs: config.settings.of(workflowSettings).serviceWaitSeconds * 1_000,
    now,
    logger,
  });
  const rounds = new FiringRounds({ pool, store: firings, triggers: store, firings: settling, now, logger });
  const events = new EventTriggers(pool, new WantedEvents(pool), now);
  const { executionRetentionDays } = config.settings.of(retentionSettings);

  domain.consume(EVENTS_GROUP, () =>
    bus.consume(EVENTS_GROUP, [...TRIGGER_EVENTS, WEBHOOK_RECEIVED, INTEGRATION_DELETED], async (event) => {
      if (event.type === INTEGRATION_DELETED) await store.pauseOf(integrationOf(event), INTEGRATION_GONE);
      else await events.handle(event);
    }),
  );
  domain.inWorkers('triggers', () => queues.repeat('workflow-triggers', ROUND_MS, () => rounds.round()));
  domain.retain('workflow-trigger-firings', (limit) => firings.removeOld(executionRetentionDays, limit));
  return new TriggerService({ store, firings, settling, workflows, services, now });
}
