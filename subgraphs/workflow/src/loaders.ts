import type { Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import DataLoader from 'dataloader';
import type { StepDefinition } from './modules/executions/engine/definition.ts';
import type { ExecutionListArguments } from './modules/executions/execution-query.ts';
import type { ExecutionProgress, ExecutionRecord, StepExecutionRecord } from './modules/executions/execution-record.ts';
import type { ExecutionService } from './modules/executions/execution-service.ts';
import type { StatsService, WorkflowStats } from './modules/workflows/stats-service.ts';
import type { VersionRecord, WorkflowRecord } from './modules/workflows/workflow-record.ts';
import type { WorkflowService } from './modules/workflows/workflow-service.ts';

interface VersionKey {
  readonly workflowId: string;
  readonly version: number;
}

/** Batched reads of one operation; each knows its viewer, and gives null for what the viewer may not see. */
export interface Loaders {
  readonly workflows: DataLoader<string, WorkflowRecord | null>;
  /** Of executions the viewer may see, whoever owns the workflow. */
  readonly workflowsOfExecutions: DataLoader<string, WorkflowRecord>;
  readonly versions: DataLoader<string, VersionRecord[]>;
  readonly definedSteps: DataLoader<VersionKey, StepDefinition[], string>;
  readonly executions: DataLoader<string, ExecutionRecord | null>;
  readonly steps: DataLoader<string, StepExecutionRecord[]>;
  readonly progress: DataLoader<string, ExecutionProgress>;
  /** One loader for each set of arguments: a page of workflows reads all its lists in one statement. */
  executionsOf(args: ExecutionListArguments): DataLoader<string, Connection<ExecutionRecord>>;
  statsOf(days: number): DataLoader<string, WorkflowStats>;
}

export interface LoaderServices {
  readonly workflows: WorkflowService;
  readonly executions: ExecutionService;
  readonly stats: StatsService;
}

const options = { maxBatchSize: 500 };

export function createLoaders(viewer: Viewer, { workflows, executions, stats }: LoaderServices): Loaders {
  return {
    workflows: new DataLoader((ids) => workflows.visible(viewer, ids), options),
    workflowsOfExecutions: new DataLoader((ids) => workflows.ofExecutions(ids), options),
    versions: new DataLoader((ids) => workflows.versionsOf(ids), options),
    definedSteps: new DataLoader((keys) => workflows.stepsOf(keys), {
      ...options,
      cacheKeyFn: ({ workflowId, version }) => `${workflowId}/${version}`,
    }),
    executions: new DataLoader((ids) => executions.visible(viewer, ids), options),
    steps: new DataLoader((ids) => executions.stepsOf(ids), options),
    progress: new DataLoader((ids) => executions.progressOf(ids), options),
    executionsOf: byArguments(
      (args: ExecutionListArguments) => JSON.stringify([args.filter, args.orderBy, args.first, args.after]),
      (args) => new DataLoader((ids) => executions.listsOf(viewer, ids, args), options),
    ),
    statsOf: byArguments(String, (days: number) => new DataLoader((ids) => stats.ofWorkflows(ids, days), options)),
  };
}

function byArguments<A, L>(keyOf: (args: A) => string, create: (args: A) => L): (args: A) => L {
  const known = new Map<string, L>();
  return (args) => {
    const key = keyOf(args);
    const found = known.get(key) ?? create(args);
    known.set(key, found);
    return found;
  };
}
