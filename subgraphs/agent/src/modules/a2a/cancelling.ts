import type { Logger } from '@flowmesh/platform/logging';
import type { QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import type { AgentSecrets } from '../agents/agent-secrets.ts';
import { AgentFailure } from '../executions/kinds/agent-failure.ts';
import { a2aTargetOf } from '../executions/kinds/a2a.ts';
import type { A2aAgents } from './a2a-agents.ts';
import type { RemoteTaskStore } from './remote-task-store.ts';

const EVERY_MS = 10_000;
const MAX_PER_ROUND = 20;
const DEADLINE_MS = 5_000;

interface CancellingParts {
  readonly agents: A2aAgents;
  readonly tasks: RemoteTaskStore;
  readonly secrets: AgentSecrets;
  readonly queues: QueueSystem;
  readonly logger: Logger;
}

/**
 * Cancels tasks whose executions have ended while no process worked on them. The process that works on one cancels it at
 * once; this is for those that were killed.
 */
export async function cancelLeftTasks({ agents, tasks, secrets, logger }: Omit<CancellingParts, 'queues'>) {
  for (const left of await tasks.takeLeft(MAX_PER_ROUND)) {
    const { executionId, number, taskId, agentId } = left;
    try {
      const target = a2aTargetOf(left.configuration, secrets.open(agentId, left.sealedSecrets));
      const client = await agents.connect(target, { deadlineMs: DEADLINE_MS });
      const id = taskId ?? (await client.find(executionId, number));
      if (id !== null) await client.cancel(id);
      await tasks.ended(executionId, number);
    } catch (error) {
      if (!(error instanceof AgentFailure)) throw error;
      logger.info({ executionId, reason: error.message }, 'a task of another agent could not be cancelled');
    }
  }
}

/** In one process at a time. */
export const startCancelling = (parts: CancellingParts): QueueWorker =>
  parts.queues.repeat('remote-tasks', EVERY_MS, () => cancelLeftTasks(parts));
