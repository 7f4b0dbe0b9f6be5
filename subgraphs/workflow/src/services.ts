import type { EventBus, EventLog } from '@flowmesh/platform/events';
import type { BulkService } from './modules/bulk/bulk-service.ts';
import type { ExecutionService } from './modules/executions/execution-service.ts';
import type { LargeResults } from './modules/executions/large-results.ts';
import type { ExecutionSnapshots } from './modules/executions/live/execution-snapshots.ts';
import type { ApprovalService } from './modules/approvals/approval-service.ts';
import type { CompensationService } from './modules/compensations/compensation-service.ts';
import type { MoveService } from './modules/versions/move-service.ts';
import type { CompensationStore } from './modules/compensations/compensation-store.ts';
import type { AskingStore } from './modules/approvals/asking/asking-store.ts';
import type { SignalService } from './modules/signals/signal-service.ts';
import type { StepNotificationStore } from './modules/executions/notifications/notification-store.ts';
import type { LimitService } from './modules/limits/limit-service.ts';
import type { LogService } from './modules/logs/log-service.ts';
import type { StatsService } from './modules/stats/stats-service.ts';
import type { TriggerService } from './modules/triggers/trigger-service.ts';
import type { TemplateInstaller } from './modules/templates/template-installer.ts';
import type { TemplateService } from './modules/templates/template-service.ts';
import type { PreflightService } from './modules/preflight/preflight-service.ts';
import type { WorkflowService } from './modules/workflows/workflow-service.ts';

/** What resolvers reach. */
export interface Services {
  readonly workflows: WorkflowService;
  readonly executions: ExecutionService;
  readonly largeResults: LargeResults;
  readonly moves: MoveService;
  readonly limits: LimitService;
  readonly approvals: ApprovalService;
  readonly notices: AskingStore;
  readonly signals: SignalService;
  readonly compensations: CompensationService;
  readonly compensationsOf: CompensationStore['list'];
  readonly logs: LogService;
  readonly stats: StatsService;
  readonly templates: TemplateService;
  readonly installer: TemplateInstaller;
  readonly snapshots: ExecutionSnapshots;
  readonly triggers: TriggerService;
  readonly bulk: BulkService;
  readonly preflight: PreflightService;
  readonly sentNotifications: StepNotificationStore;
  readonly log: EventLog;
  readonly bus: EventBus;
}
