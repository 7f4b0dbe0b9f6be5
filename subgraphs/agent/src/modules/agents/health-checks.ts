import { GuardedHttpError, type GuardedHttp } from '@flowmesh/platform/http';
import type { Logger } from '@flowmesh/platform/logging';
import type { QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import { agentUpdated } from './agent-events.ts';
import type { CheckedAgent, HealthResult, HealthStore } from './health-store.ts';

const EVERY_MS = 30_000;
/** A round begins every `EVERY_MS`; an agent checked shortly before it waits for the next. */
const DUE_AFTER_MS = 25_000;
const MAX_PER_ROUND = 1_000;
const AT_ONCE = 20;
const DEADLINE_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

interface HealthParts {
  readonly store: HealthStore;
  readonly http: GuardedHttp;
  readonly queues: QueueSystem;
  readonly logger: Logger;
  readonly published: () => void;
}

/** GET on the health address must succeed; for OPTIONS on the agent's own address, any status below 500 is enough. */
async function ask(http: GuardedHttp, { url, healthUrl }: CheckedAgent): Promise<string | null> {
  try {
    const response = await http.request(healthUrl ?? url, {
      method: healthUrl ? 'GET' : 'OPTIONS',
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    await response.body?.cancel();
    const isWell = healthUrl ? response.status < 400 : response.status < 500;
    return isWell ? null : `answered ${response.status}`;
  } catch (error) {
    if (error instanceof GuardedHttpError) return error.message;
    throw error;
  }
}

/** Checks the agents that are due, a few at a time. */
export async function checkAgents({ store, http, logger, published }: Omit<HealthParts, 'queues'>): Promise<void> {
  const due = await store.due(DUE_AFTER_MS, MAX_PER_ROUND);
  const next = due.values();
  const lane = async () => {
    for (const agent of next) {
      const begun = performance.now();
      const error = await ask(http, agent);
      const result: HealthResult = { latencyMs: Math.round(performance.now() - begun), error };
      if (await store.record(agent, result, agentUpdated)) {
        published();
        logger.info({ agentId: agent.id, error }, 'health of an agent has changed');
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** In one process at a time. */
export function startHealthChecks(parts: HealthParts): QueueWorker {
  return parts.queues.repeat('agent-health', EVERY_MS, () => checkAgents(parts));
}
