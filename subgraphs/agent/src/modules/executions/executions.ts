import { retentionSettings } from '@flowmesh/platform/config';
import { ContextClient } from '@flowmesh/platform/context-use';
import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { GuardedHttp } from '@flowmesh/platform/http';
import type { PolicyChain } from '@flowmesh/platform/resilience';
import { modelSettings } from '../../settings.ts';
import type { CallStore } from '../calls/call-store.ts';
import type { AgentSecrets } from '../agents/agent-secrets.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import type { A2aModule } from '../a2a/a2a.ts';
import type { McpModule } from '../mcp/mcp.ts';
import { ExecutionEnds } from './execution-ends.ts';
import { EXECUTION_QUEUE, type ExecutionJob } from './execution-queue.ts';
import { removeOldExecutions } from './execution-retention.ts';
import { ExecutionService } from './execution-service.ts';
import type { ExecutionStore } from './execution-store.ts';
import { startSweeper } from './execution-sweeper.ts';
import { ExecutionWorker } from './execution-worker.ts';
import { AgentFailure } from './kinds/agent-failure.ts';
import { createRunners } from './kinds/runners.ts';
import { AgentWork } from './tools/agent-work.ts';
import { ExecutionTools } from './tools/execution-tools.ts';
import { LeaseStore } from './lease-store.ts';
import { LineStore } from './lines/line-store.ts';

/** Executions that run at the same time in this process. Most of them wait for an answer. */
const WORKER_CONCURRENCY = 50;

export interface ExecutionsParts {
  readonly store: ExecutionStore;
  readonly agents: AgentStore;
  readonly calls: CallStore;
  readonly secrets: AgentSecrets;
  /** Carries calls to agents. */
  readonly http: GuardedHttp;
  /** Through which agents outside are called. */
  readonly chain: PolicyChain;
  readonly mcp: McpModule;
  readonly a2a: A2aModule;
}

/** What agents are given to do, and the workers that do it. */
export function createExecutions(
  domain: OpenDomain,
  { store, agents, calls, secrets, http, chain, mcp, a2a }: ExecutionsParts,
): ExecutionService {
  const { pool, queues, bus, logger, published, config } = domain;
  const { executionRetentionDays } = config.settings.of(retentionSettings);
  const queue = queues.queue<ExecutionJob>(EXECUTION_QUEUE);
  const leases = new LeaseStore(pool);
  const contexts = new ContextClient({
    services: domain.services,
    service: domain.name,
    failure: (code, message, cause) => new AgentFailure(code, message, { retryable: false, cause }),
  });
  const ends = new ExecutionEnds(bus);
  const tools = new ExecutionTools(
    domain.services,
    new AgentWork({ agents, mcpTools: mcp.tools, service: () => service, help: (id) => worker.help(id) }),
  );
  const worker: ExecutionWorker = new ExecutionWorker({
    store: leases,
    runners: createRunners({ http, chain, prices: config.settings.of(modelSettings).modelPrices, mcp, a2a }),
    secrets,
    contexts,
    calls,
    lines: new LineStore(pool),
    tools,
    queue,
    queues,
    bus,
    logger,
    concurrency: WORKER_CONCURRENCY,
    published,
  });
  const service: ExecutionService = new ExecutionService({
    store,
    agents,
    contexts,
    queue,
    ends,
    logger,
    published,
    abortHere: (id) => worker.abort(id, 'stopped'),
  });

  const stopOrphans = (limit: number) => service.stopOrphans(limit);
  const sweeping = { store: leases, queue, queues, logger, published, stopOrphans };
  domain.always('execution ends', ends);
  domain.inWorkers('sweeper', () => startSweeper(sweeping));
  domain.retain('agent-executions', (limit) => removeOldExecutions(pool, executionRetentionDays, limit));
  domain.endSuspendedWork((limit) => service.stopSuspended(limit));
  domain.inWorkers('worker', worker);
  return service;
}
