import type { Viewer } from '@flowmesh/platform/access';
import type { Connection, PageArguments } from '@flowmesh/platform/connections';
import { perArguments } from '@flowmesh/platform/loaders';
import DataLoader from 'dataloader';
import type { ApprovalRecord } from './modules/approvals/approval-record.ts';
import type { StepKey } from './modules/approvals/approval-service.ts';
import type { CompensationRecord } from './modules/compensations/compensation-record.ts';
import { COMPENSATIONS_OF_EXECUTION } from './modules/compensations/compensation-store.ts';
import type { NoticeRecord } from './modules/approvals/asking/asking-record.ts';
import { NOTIFICATIONS_OF_APPROVAL } from './modules/approvals/asking/asking-store.ts';
import type { StepDefinition } from './modules/executions/engine/definition.ts';
import type { ExecutionListArguments } from './modules/executions/execution-query.ts';
import type { ExecutionProgress, ExecutionRecord, StepExecutionRecord } from './modules/executions/execution-record.ts';
import {
  NOTIFICATIONS_OF_EXECUTION,
  type StepNotification,
} from './modules/executions/notifications/notification-store.ts';
import { largeResultKey, type LargeResultKey } from './modules/executions/large-results.ts';
import type { WorkflowLimits } from './modules/limits/limit-record.ts';
import type { LogListArguments } from './modules/logs/log-query.ts';
import type { LogRecord } from './modules/logs/log-record.ts';
import type { StatsArguments, WorkflowStats } from './modules/stats/stats-service.ts';
import { createTriggerLoaders, type TriggerLoaders } from './modules/triggers/trigger-loaders.ts';
import type { VersionRecord, WorkflowRecord } from './modules/workflows/workflow-record.ts';
import type { Services } from './services.ts';

interface VersionKey {
  readonly workflowId: string;
  readonly version: number;
}

/** Batched reads of one operation; each knows its viewer, and gives null for what the viewer may not see. */
export interface Loaders extends TriggerLoaders {
  readonly workflows: DataLoader<string, WorkflowRecord | null>;
  /** Of executions the viewer may see, whoever owns the workflow. */
  readonly workflowsOfExecutions: DataLoader<string, WorkflowRecord>;
  readonly versions: DataLoader<string, VersionRecord[]>;
  readonly definedSteps: DataLoader<VersionKey, StepDefinition[], string>;
  readonly executions: DataLoader<string, ExecutionRecord | null>;
  /** Of steps of executions the viewer may see. */
  readonly approvals: DataLoader<StepKey, ApprovalRecord | null, string>;
  /** Of approvals the viewer may see. */
  readonly noticesOf: (args: PageArguments) => DataLoader<string, Connection<NoticeRecord>>;
  /** Of executions the viewer may see. */
  readonly largeResults: DataLoader<LargeResultKey, unknown, string>;
  readonly steps: DataLoader<string, StepExecutionRecord[]>;
  readonly progress: DataLoader<string, ExecutionProgress>;
  readonly executionsOf: (args: ExecutionListArguments) => DataLoader<string, Connection<ExecutionRecord>>;
  readonly notificationsOf: (args: PageArguments) => DataLoader<string, Connection<StepNotification>>;
  readonly logsOf: (args: LogListArguments) => DataLoader<string, Connection<LogRecord>>;
  readonly compensationsOf: (args: PageArguments) => DataLoader<string, Connection<CompensationRecord>>;
  readonly lastNotifications: DataLoader<StepKey, StepNotification | null, string>;
  readonly limits: DataLoader<string, WorkflowLimits | null>;
  readonly statsOf: (args: StatsArguments) => DataLoader<string, WorkflowStats>;
}

const stepKey = ({ executionId, stepId }: StepKey): string => `${executionId}/${stepId}`;

const options = { maxBatchSize: 500 };

export function createLoaders(viewer: Viewer, services: Services): Loaders {
  const { workflows, executions, approvals, notices, stats, sentNotifications } = services;
  return {
    workflows: new DataLoader((ids) => workflows.visible(viewer, ids), options),
    workflowsOfExecutions: new DataLoader((ids) => workflows.ofExecutions(ids), options),
    versions: new DataLoader((ids) => workflows.versionsOf(ids), options),
    definedSteps: new DataLoader((keys) => workflows.stepsOf(keys), {
      ...options,
      cacheKeyFn: ({ workflowId, version }) => `${workflowId}/${version}`,
    }),
    executions: new DataLoader((ids) => executions.visible(viewer, ids), options),
    approvals: new DataLoader((keys) => approvals.lastOf(keys), {
      ...options,
      cacheKeyFn: ({ executionId, stepId }) => `${executionId}/${stepId}`,
    }),
    noticesOf: perArguments((args) => {
      return new DataLoader((ids) => NOTIFICATIONS_OF_APPROVAL.pagesOf(ids, args, null, notices.list), options);
    }),
    largeResults: new DataLoader((keys) => services.largeResults.read(keys), {
      ...options,
      cacheKeyFn: largeResultKey,
    }),
    steps: new DataLoader((ids) => executions.stepsOf(ids), options),
    progress: new DataLoader((ids) => executions.progressOf(ids), options),
    executionsOf: perArguments((args) => new DataLoader((ids) => executions.listsOf(viewer, ids, args), options)),
    logsOf: perArguments((args) => new DataLoader((ids) => services.logs.listsOf(viewer, ids, args), options)),
    notificationsOf: perArguments((args) => {
      return new DataLoader(
        (ids) => NOTIFICATIONS_OF_EXECUTION.pagesOf(ids, args, null, sentNotifications.list),
        options,
      );
    }),
    compensationsOf: perArguments((args) => {
      const { compensationsOf } = services;
      return new DataLoader((ids) => COMPENSATIONS_OF_EXECUTION.pagesOf(ids, args, null, compensationsOf), options);
    }),
    lastNotifications: new DataLoader(
      async (keys) => {
        const found = new Map((await sentNotifications.lastOf(keys)).map((each) => [stepKey(each), each]));
        return keys.map((key) => found.get(stepKey(key)) ?? null);
      },
      { ...options, cacheKeyFn: stepKey },
    ),
    limits: new DataLoader((ids) => services.limits.ofWorkflows(ids), options),
    statsOf: perArguments((args) => new DataLoader((ids) => stats.ofWorkflows(ids, args), options)),
    ...createTriggerLoaders(viewer, services.triggers),
  };
}
