import { checkDatabase, createPool } from '@flowmesh/platform/database';
import { consumerCheck, createEventLog, startRelay, type Relay } from '@flowmesh/platform/events';
import { buildSubgraphSchema, loadTypeDefinitions } from '@flowmesh/platform/graphql';
import { isHeld } from '@flowmesh/platform/suspensions';
import { startRetention } from '@flowmesh/platform/retention';
import { contextFactory, type CreateSubgraph } from '@flowmesh/platform/subgraph';
import { createLoaders } from './loaders.ts';
import { AgentCalls } from './modules/executions/agents/agent-calls.ts';
import { AgentStops } from './modules/executions/engine/agent-stops.ts';
import { Definitions } from './modules/executions/engine/definitions.ts';
import { DRIVE_QUEUE, Engine, type DriveJob } from './modules/executions/engine/engine.ts';
import { ExecutionHeaders } from './modules/executions/engine/execution-headers.ts';
import { removeOldExecutions } from './modules/executions/execution-retention.ts';
import { AGENT_ENDS_GROUP, startWorker } from './modules/executions/engine/worker.ts';
import { startHolding } from './modules/executions/held/held-executions.ts';
import { ExecutionService } from './modules/executions/execution-service.ts';
import { ExecutionStore } from './modules/executions/execution-store.ts';
import { ExecutionSnapshots } from './modules/executions/live/execution-snapshots.ts';
import { StatsService } from './modules/workflows/stats-service.ts';
import { StatsStore } from './modules/workflows/stats-store.ts';
import { KnownAgents } from './modules/workflows/validation/known-agents.ts';
import { WorkflowService } from './modules/workflows/workflow-service.ts';
import { WorkflowStore } from './modules/workflows/workflow-store.ts';
import { resolvers } from './__generated__/resolvers.ts';

const NAME = 'workflow';
const POOL_SIZE = 16;
/** One for each batch of commands that may be under way. */
const ENGINE_POOL_SIZE = 4;

/** Configuration → stores → services → schema and workers. Nothing works before `start`. */
export const createSubgraph: CreateSubgraph = async (platform, roles) => {
  const { config, lifecycle, queues, bus, metrics, services: others } = platform;
  const logger = platform.logger.child({ subgraph: NAME });
  const pool = createPool(platform.databaseUrl(NAME), { max: POOL_SIZE, applicationName: `flowmesh-${NAME}`, logger });
  lifecycle.onStop(`${NAME}: database`, () => pool.end());
  const enginePool = createPool(platform.databaseUrl(NAME), {
    max: ENGINE_POOL_SIZE,
    applicationName: `flowmesh-${NAME}-engine`,
    pipeline: true,
    logger,
  });
  lifecycle.onStop(`${NAME}: engine database`, () => enginePool.end());

  let relay: Relay | undefined;
  const log = createEventLog({ domain: NAME, pool });
  const definitions = new Definitions(pool);
  const headers = new ExecutionHeaders(pool);
  const agents = new AgentCalls(others);
  const agentStops = new AgentStops(pool, agents, logger);
  const engine = new Engine({
    pool: enginePool,
    definitions,
    serviceWaitMs: config.serviceWaitSeconds * 1_000,
    queue: queues.queue<DriveJob>(DRIVE_QUEUE),
    logger,
    onCommit: () => relay?.poke(),
    onAgentStops: (executionId) => void agentStops.stopOf(executionId),
  });

  const workflowStore = new WorkflowStore(pool);
  const executionStore = new ExecutionStore(pool, definitions);
  const services = {
    workflows: new WorkflowService(workflowStore, new KnownAgents(others)),
    executions: new ExecutionService({
      store: executionStore,
      workflows: workflowStore,
      definitions,
      engine,
      isHeld: (userId) => isHeld(pool, userId),
    }),
    stats: new StatsService(new StatsStore(pool)),
    snapshots: new ExecutionSnapshots(executionStore),
    log,
    bus,
  };

  return {
    name: NAME,
    version: '0.1.0',
    description: 'Workflows: definitions, execution, live progress.',
    ...buildSubgraphSchema(loadTypeDefinitions(NAME), resolvers),
    createContext: contextFactory(services, createLoaders),
    checks: [
      { name: 'database', check: () => checkDatabase(pool) },
      { name: 'queue', check: () => queues.check() },
      { name: 'event bus', check: () => bus.check() },
      ...(roles.worker ? [consumerCheck(bus, AGENT_ENDS_GROUP)] : []),
    ],
    start: async () => {
      const started = startRelay({ domain: NAME, pool, bus, logger, metrics });
      relay = started;
      lifecycle.onStop(`${NAME}: relay`, () => started.stop());
      if (!roles.worker) return;
      const worker = await startWorker({ pool, engine, definitions, headers, agents, agentStops, queues, bus, logger });
      lifecycle.onStop(`${NAME}: worker`, () => worker.stop());
      const retention = startRetention({
        name: 'workflow-executions',
        queues,
        logger,
        remove: (limit) => removeOldExecutions(pool, config.executionRetentionDays, limit),
      });
      lifecycle.onStop(`${NAME}: retention`, () => retention.stop());
      const holding = await startHolding({
        ...{ name: NAME, pool, engine, bus, queues, logger },
        mode: config.suspendedWork,
      });
      lifecycle.onStop(`${NAME}: held executions`, () => holding.stop());
    },
  };
};
