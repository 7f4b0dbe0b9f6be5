import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { GuardedHttp } from '@flowmesh/platform/http';
import type { AgentSecrets } from '../agents/agent-secrets.ts';
import { A2aAgents } from './a2a-agents.ts';
import { startCancelling } from './cancelling.ts';
import { RemoteTaskStore } from './remote-task-store.ts';
import { TaskPushStore } from './task-push-store.ts';
import { TaskPushes } from './task-pushes.ts';

/** Agents of others, and the tasks that they do for executions. */
export interface A2aModule {
  readonly agents: A2aAgents;
  readonly tasks: RemoteTaskStore;
  readonly pushes: TaskPushes;
}

export function createA2a(
  domain: OpenDomain,
  { http, secrets }: { readonly http: GuardedHttp; readonly secrets: AgentSecrets },
): A2aModule {
  const { pool, queues, logger } = domain;
  const agents = new A2aAgents(http);
  const tasks = new RemoteTaskStore(pool);
  const { publicUrl } = domain.config;
  // Another product could not reach an address inside of this one's network, unless the operator says so.
  const isReached = http.rules.problemOf(publicUrl) === null;
  const pushes = new TaskPushes({ store: new TaskPushStore(pool), publicUrl: isReached ? publicUrl : null, logger });
  domain.inWorkers('pushes of remote tasks', () => pushes);
  domain.inWorkers('cancelling of remote tasks', () => startCancelling({ agents, tasks, secrets, queues, logger }));
  return { agents, tasks, pushes };
}
