import type { Pool } from 'pg';
import type { EventBus } from '@flowmesh/platform/events';
import type { Logger } from '@flowmesh/platform/logging';
import type { QueueSystem } from '@flowmesh/platform/queue';
import { AGENT_CALLED, AGENT_SAID, logAgentCall, logAgentLines } from '../agents/agent-lines.ts';
import { AgentResults } from '../agents/agent-results.ts';
import type { ContextPort } from '../contexts/context-port.ts';
import { EventDelivery } from '../events/event-delivery.ts';
import type { NotificationPort } from '../notifications/notification-port.ts';
import type { StepNotificationStore } from '../notifications/notification-store.ts';
import type { AgentPort, IntegrationPort, RightsPort, WorkflowPort } from '../step-types/step-type.ts';
import type { ChildAlignment } from './children/child-alignment.ts';
import type { AgentStops } from './agent-stops.ts';
import type { Definitions } from './definitions.ts';
import { Driver } from './driver.ts';
import { Drives } from './drives.ts';
import { DRIVE_QUEUE, type DriveJob } from './drive-job.ts';
import type { Engine } from './engine.ts';
import type { ExecutionHeaders } from './execution-headers.ts';
import { Leases } from './leases.ts';
import { Sweeper } from './sweeper.ts';

export interface WorkerOptions {
  readonly pool: Pool;
  readonly engine: Engine;
  readonly definitions: Definitions;
  readonly headers: ExecutionHeaders;
  readonly agents: AgentPort;
  readonly contexts: ContextPort;
  readonly rights: RightsPort;
  readonly workflows: WorkflowPort;
  readonly alignment: ChildAlignment;
  readonly integrations: IntegrationPort;
  readonly notifications: NotificationPort;
  readonly sentNotifications: Pick<StepNotificationStore, 'add'>;
  readonly agentStops: AgentStops;
  readonly queues: QueueSystem;
  readonly bus: EventBus;
  readonly logger: Logger;
}

/** Of the bus: it hears the calls and the ends of agents. */
export const AGENT_ENDS_GROUP = 'workflow';
/** Jobs at once in one process; each may run several steps. */
const CONCURRENCY = 50;
const SWEEP_MS = 1_000;
/** As long as a worker of the queue waits for its jobs. */
const STOP_DEADLINE_MS = 8_000;

/** Runs steps, handles results of agents, and recovers lost work, in any number of processes. Returns how to stop. */
export async function startWorker(options: WorkerOptions): Promise<{ stop(): Promise<void> }> {
  const { pool, engine, queues, bus, agents, agentStops, alignment, logger } = options;
  const leases = new Leases(pool, logger);
  const events = new EventDelivery(options);
  const driver = new Driver({ ...options, events, leases });
  const sweeper = new Sweeper({ pool, engine, agents, agentStops, alignment, events, logger });
  const results = new AgentResults(pool, engine, agents, logger);
  leases.start();
  const consumer = await bus.consume(AGENT_ENDS_GROUP, ['agent.executed', AGENT_CALLED, AGENT_SAID], async (event) => {
    if (event.type === AGENT_CALLED) await logAgentCall(engine, event);
    else if (event.type === AGENT_SAID) await logAgentLines(engine, event);
    else results.handle(event);
  });
  const drives = new Drives({ drive: (job) => driver.drive(job), max: CONCURRENCY, logger });
  const worker = queues.worker<DriveJob>(DRIVE_QUEUE, { concurrency: CONCURRENCY }, (job) => drives.run(job));
  engine.runHere(drives);
  const sweeping = queues.repeat('workflow-sweep', SWEEP_MS, () => sweeper.sweep());
  const asking = queues.repeat('workflow-agents-sweep', SWEEP_MS, () => sweeper.sweepAgents());
  return {
    async stop() {
      await Promise.all([consumer.stop(), sweeping.stop(), asking.stop()]);
      await Promise.all([worker.stop(), drives.stop(STOP_DEADLINE_MS)]);
      await leases.stop();
    },
  };
}
