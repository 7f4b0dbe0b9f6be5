import { checkDatabase, createPool } from '@flowmesh/platform/database';
import { createEventLog, startRelay, type Relay } from '@flowmesh/platform/events';
import { buildSubgraphSchema, loadTypeDefinitions } from '@flowmesh/platform/graphql';
import { createAddressRules, createGuardedHttp } from '@flowmesh/platform/http';
import { startRetention } from '@flowmesh/platform/retention';
import { createKeyRing, createSecretBox, keepSealed } from '@flowmesh/platform/secrets';
import { endSuspendedWork } from '@flowmesh/platform/suspensions';
import { contextFactory, type CreateSubgraph } from '@flowmesh/platform/subgraph';
import { createLoaders } from './loaders.ts';
import { AgentSecrets } from './modules/agents/agent-secrets.ts';
import { AgentService } from './modules/agents/agent-service.ts';
import { AgentStore } from './modules/agents/agent-store.ts';
import { createConfigurationCheck } from './modules/agents/configurations/configurations.ts';
import { DiscoveryStore } from './modules/agents/discovery-store.ts';
import { startHealthChecks } from './modules/agents/health-checks.ts';
import { HealthStore } from './modules/agents/health-store.ts';
import { ExecutionEnds } from './modules/executions/execution-ends.ts';
import { EXECUTION_QUEUE, type ExecutionJob } from './modules/executions/execution-queue.ts';
import { ExecutionService } from './modules/executions/execution-service.ts';
import { ExecutionStore } from './modules/executions/execution-store.ts';
import { removeOldExecutions } from './modules/executions/execution-retention.ts';
import { startSweeper } from './modules/executions/execution-sweeper.ts';
import { ExecutionWorker } from './modules/executions/execution-worker.ts';
import { createRunners } from './modules/executions/kinds/runners.ts';
import { LeaseStore } from './modules/executions/lease-store.ts';
import { resolvers } from './__generated__/resolvers.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

const NAME = 'agent';
/** Executions that run at the same time in this process. Most of them wait for an answer. */
const WORKER_CONCURRENCY = 50;
const POOL_SIZE = 20;

/** Configuration → stores → services → schema and workers. Nothing works before `start`. */
export const createSubgraph: CreateSubgraph = async (platform, roles) => {
  const { config, lifecycle, queues, bus, metrics } = platform;
  const logger = platform.logger.child({ subgraph: NAME });
  if (config.encryptionKey === null) throw new Error('The agent subgraph needs ENCRYPTION_KEY.');

  const pool = createPool(platform.databaseUrl(NAME), { max: POOL_SIZE, applicationName: 'flowmesh-agent', logger });
  lifecycle.onStop('agent database', () => pool.end());
  const rules = createAddressRules(config.allowPrivateAddresses);
  const http = createGuardedHttp({ rules });
  lifecycle.onStop('agent http', () => http.close());

  let relay: Relay | undefined;
  const published = () => relay?.poke();
  const log = createEventLog({ domain: NAME, pool });
  const queue = queues.queue<ExecutionJob>(EXECUTION_QUEUE);
  const keyRing = createKeyRing(config.encryptionKey, config.decryptionKeys);
  const box = createSecretBox(keyRing);
  const secrets = new AgentSecrets(box);
  const ends = new ExecutionEnds(bus);
  lifecycle.onStop('agent execution ends', () => ends.stop());

  const agentStore = new AgentStore(pool);
  const executionStore = new ExecutionStore(pool);
  const leaseStore = new LeaseStore(pool);

  const worker = new ExecutionWorker({
    store: leaseStore,
    runners: createRunners(http),
    secrets,
    queue,
    queues,
    bus,
    logger,
    concurrency: WORKER_CONCURRENCY,
    published,
  });
  const agents = new AgentService({
    store: agentStore,
    discovery: new DiscoveryStore(pool),
    executions: executionStore,
    secrets,
    checkConfiguration: createConfigurationCheck(rules),
    published,
  });
  const executions = new ExecutionService({
    store: executionStore,
    agents: agentStore,
    queue,
    ends,
    logger,
    published,
    abortHere: (id) => worker.abort(id, 'stopped'),
  });
  const services = { agents, executions, log, bus };

  return {
    name: NAME,
    version: '0.1.0',
    description: 'Agents: registry, discovery, execution.',
    ...buildSubgraphSchema(loadTypeDefinitions(NAME), resolvers),
    createContext: contextFactory(services, createLoaders),
    checks: [
      { name: 'database', check: () => checkDatabase(pool) },
      { name: 'queue', check: () => queues.check() },
      { name: 'event bus', check: () => bus.check() },
    ],
    start: async () => {
      const started = startRelay({ domain: NAME, pool, bus, logger, metrics });
      relay = started;
      lifecycle.onStop('agent relay', () => started.stop());
      if (!roles.worker) return;
      keepSealed({ name: NAME, keyRing, box, pool, columns: SEALED_COLUMNS, queues, lifecycle, logger });
      const sweeper = startSweeper({ store: leaseStore, queue, queues, logger, published });
      lifecycle.onStop('agent sweeper', () => sweeper.stop());
      const retention = startRetention({
        name: 'agent-executions',
        queues,
        logger,
        remove: (limit) => removeOldExecutions(pool, config.executionRetentionDays, limit),
      });
      lifecycle.onStop('agent retention', () => retention.stop());
      const health = startHealthChecks({ store: new HealthStore(pool), http, queues, logger, published });
      lifecycle.onStop('agent health checks', () => health.stop());
      const suspensions = await endSuspendedWork({
        ...{ name: NAME, bus, pool, logger, queues },
        mode: config.suspendedWork,
        cancel: (limit) => executions.stopSuspended(limit),
      });
      lifecycle.onStop('agent suspended users', () => suspensions.stop());
      worker.start();
      lifecycle.onStop('agent worker', () => worker.stop());
    },
  };
};
