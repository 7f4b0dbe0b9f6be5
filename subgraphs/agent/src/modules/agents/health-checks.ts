import { isOutage } from '@flowmesh/platform/errors';
import type { Logger } from '@flowmesh/platform/logging';
import type { QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import { agentUpdated } from './agent-events.ts';
import type { HealthProbes } from './health-probes.ts';
import type { HealthResult, HealthStore } from './health-store.ts';

const EVERY_MS = 30_000;
/** A round begins every `EVERY_MS`; an agent checked shortly before it waits for the next. */
const DUE_AFTER_MS = 25_000;
const MAX_PER_ROUND = 1_000;
const AT_ONCE = 20;
/** Where a process has to be started for a check. */
const START_AFTER_MS = 295_000;
/** Details are logged, and not shown. */
const UNEXPECTED = 'The check failed unexpectedly.';

interface HealthParts {
  readonly store: HealthStore;
  readonly probes: HealthProbes;
  readonly queues: QueueSystem;
  readonly logger: Logger;
  readonly published: () => void;
}

/** Checks the agents that are due, a few at a time. */
export async function checkAgents({ store, probes, logger, published }: Omit<HealthParts, 'queues'>): Promise<void> {
  const due = await store.due(DUE_AFTER_MS, MAX_PER_ROUND, START_AFTER_MS);
  const next = due.values();
  const lane = async () => {
    for (const agent of next) {
      const begun = performance.now();
      const error = await probes[agent.kind](agent).catch((cause: unknown) => {
        // What one agent makes go wrong must not keep the others from being checked.
        logger.error({ err: cause, agentId: agent.id }, 'the check of an agent failed unexpectedly');
        return UNEXPECTED;
      });
      const result: HealthResult = { latencyMs: Math.round(performance.now() - begun), error };
      try {
        if (!(await store.record(agent, result, agentUpdated))) continue;
        published();
        logger.info({ agentId: agent.id, error }, 'health of an agent has changed');
      } catch (cause) {
        // Without a database nothing can be recorded of the others either: they are due in the next round.
        if (isOutage(cause)) throw cause;
        logger.error({ err: cause, agentId: agent.id }, 'the health of an agent could not be recorded');
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** In one process at a time. */
export function startHealthChecks(parts: HealthParts): QueueWorker {
  return parts.queues.repeat('agent-health', EVERY_MS, () => checkAgents(parts));
}
