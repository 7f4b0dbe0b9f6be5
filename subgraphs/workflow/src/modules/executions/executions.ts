import { retentionSettings, suspensionSettings } from '@flowmesh/platform/config';
import { ContextClient } from '@flowmesh/platform/context-use';
import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { isHeld } from '@flowmesh/platform/suspensions';
import type { WorkflowStore } from '../workflows/workflow-store.ts';
import { workflowSettings } from '../../workflow-config.ts';
import { AgentCalls } from './agents/agent-calls.ts';
import { AgentStops } from './engine/agent-stops.ts';
import { ChildAlignment } from './engine/children/child-alignment.ts';
import { Definitions } from './engine/definitions.ts';
import { DRIVE_QUEUE, type DriveJob } from './engine/drive-job.ts';
import { Engine } from './engine/engine.ts';
import { ContextAdmission } from './contexts/context-admission.ts';
import { ExecutionHeaders } from './engine/execution-headers.ts';
import { AGENT_ENDS_GROUP, startWorker } from './engine/worker.ts';
import { MoveService } from '../versions/move-service.ts';
import { CompensationService } from '../compensations/compensation-service.ts';
import { CompensationStore } from '../compensations/compensation-store.ts';
import { createApprovals } from '../approvals/approvals.ts';
import { SignalService } from '../signals/signal-service.ts';
import { DomainEvents, EVENT_WAITS_GROUP } from './events/domain-events.ts';
import { EventDelivery } from './events/event-delivery.ts';
import { STEP_EVENTS } from '../event-types/event-types.ts';
import { WaitStore } from './events/wait-store.ts';
import { removeOldExecutions } from './execution-retention.ts';
import { ExecutionService } from './execution-service.ts';
import { ExecutionStore } from './execution-store.ts';
import { LargeResults } from './large-results.ts';
import { SubWorkflows } from './parts/sub-workflows.ts';
import { IntegrationCalls } from './integrations/integration-calls.ts';
import { NotificationCalls } from './notifications/notification-calls.ts';
import { StepNotificationStore } from './notifications/notification-store.ts';
import { LogService } from '../logs/log-service.ts';
import { LogStore } from '../logs/log-store.ts';
import { startHolding } from './held/held-executions.ts';
import { ExecutionSnapshots } from './live/execution-snapshots.ts';
import type { CurrentUsers } from '../rights/current-users.ts';
import { LimitService } from '../limits/limit-service.ts';
import { LimitStore } from '../limits/limit-store.ts';
import { StartGates } from '../limits/start-gates.ts';
import { StepRights } from '../rights/step-rights.ts';
import { StepFailure } from './step-types/step-type.ts';

/** One for each batch of commands that may be under way. */
const ENGINE_CONNECTIONS = 4;

/** Executions of workflows: the engine, its workers, and what is shown of them. */
export function createExecutions(domain: OpenDomain, workflows: WorkflowStore, users: CurrentUsers) {
  const { name, pool, queues, bus, logger, config, published } = domain;
  const { executionRetentionDays } = config.settings.of(retentionSettings);
  const { serviceWaitSeconds, logRetentionDays } = config.settings.of(workflowSettings);
  const { suspendedWork } = config.settings.of(suspensionSettings);
  const definitions = new Definitions(pool);
  const agents = new AgentCalls(domain.services);
  const contexts = new ContextClient({
    services: domain.services,
    service: name,
    failure: (code, message) => new StepFailure(code, message, false),
  });
  const agentStops = new AgentStops(pool, definitions, agents, logger);
  const integrations = new IntegrationCalls(domain.services);
  const notifications = new NotificationCalls(domain.services);
  const sentNotifications = new StepNotificationStore(pool);
  const engine: Engine = new Engine({
    pool: domain.openPool('engine', { max: ENGINE_CONNECTIONS, pipeline: true }),
    definitions,
    serviceWaitMs: serviceWaitSeconds * 1_000,
    queue: queues.queue<DriveJob>(DRIVE_QUEUE),
    logger,
    onCommit: published,
    openGates: (workflowId) => gates.open(workflowId),
    onAgentStops: (executionId) => void agentStops.stopOf(executionId),
    onChildrenConcerned: (executionId) => void alignment.alignOf(executionId),
  });
  const gates: StartGates = new StartGates(pool, () => engine, logger);
  const limits = new LimitStore(pool);
  const alignment = new ChildAlignment(pool, engine, logger);
  const subWorkflows = new SubWorkflows(workflows, definitions, engine, limits);
  const store = new ExecutionStore(pool, definitions);
  const logs = new LogStore(pool);
  const headers = new ExecutionHeaders(pool);
  const delivery = new EventDelivery({ pool, engine, definitions, headers, logger });

  domain.consume(AGENT_ENDS_GROUP, () =>
    startWorker({
      ...{
        pool,
        engine,
        definitions,
        headers,
        agents,
        contexts,
        integrations,
        agentStops,
        alignment,
        queues,
        bus,
        logger,
      },
      rights: new StepRights(users),
      ...{ workflows: subWorkflows, notifications, sentNotifications },
    }),
  );
  domain.consume(EVENT_WAITS_GROUP, () => {
    const events = new DomainEvents(pool, engine, delivery);
    return bus.consume(EVENT_WAITS_GROUP, STEP_EVENTS, (event) => events.handle(event));
  });
  domain.inWorkers('limits of workflows', () => queues.repeat('workflow-limits', 1_000, () => gates.round()));
  domain.retain('workflow-executions', (limit) => removeOldExecutions(pool, executionRetentionDays, limit));
  domain.retain('workflow-logs', (limit) => logs.removeOld(logRetentionDays, limit));
  domain.inWorkers('held executions', () =>
    startHolding({ name, pool, engine, bus, queues, logger, mode: suspendedWork }),
  );
  const admission = new ContextAdmission({ definitions, contexts });
  const executions = new ExecutionService({
    store,
    workflows,
    limits,
    definitions,
    engine,
    headers,
    admission,
    isHeld: (userId) => isHeld(pool, userId),
  });
  const compensations = new CompensationStore(pool);
  return {
    executions,
    largeResults: new LargeResults(pool),
    moves: new MoveService({ store, executions, workflows, definitions, engine, headers }),
    admission,
    compensations: new CompensationService({
      ...{ store: compensations, executions, definitions, headers, engine },
      isHeld: (userId) => isHeld(pool, userId),
    }),
    compensationsOf: compensations.list,
    limits: new LimitService(limits, workflows, (workflowId) => void gates.open(workflowId)),
    ...createApprovals(domain, engine, users),
    signals: new SignalService({ executions, store: new WaitStore(pool), engine, delivery }),
    sentNotifications,
    logs: new LogService(logs),
    snapshots: new ExecutionSnapshots(store),
  };
}
