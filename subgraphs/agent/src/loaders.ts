import type { Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import DataLoader from 'dataloader';
import type { AgentRecord } from './modules/agents/agent-record.ts';
import type { AgentService } from './modules/agents/agent-service.ts';
import type { ExecutionRecord } from './modules/executions/execution-record.ts';
import type { ExecutionService, ListArguments } from './modules/executions/execution-service.ts';

/** Batched reads of one operation; each knows its viewer, and gives null for what the viewer may not see. */
export interface Loaders {
  readonly agents: DataLoader<string, AgentRecord | null>;
  readonly executions: DataLoader<string, ExecutionRecord | null>;
  readonly runningExecutions: DataLoader<string, number>;
  /** One loader for each set of arguments: a page of agents reads all its lists in one statement. */
  executionsOfAgent(args: ListArguments): DataLoader<string, Connection<ExecutionRecord>>;
}

const MAX_BATCH = 500;

export function createLoaders(viewer: Viewer, agents: AgentService, executions: ExecutionService): Loaders {
  const lists = new Map<string, DataLoader<string, Connection<ExecutionRecord>>>();
  const options = { maxBatchSize: MAX_BATCH };
  return {
    agents: new DataLoader((ids) => agents.visible(viewer, ids), options),
    executions: new DataLoader((ids) => executions.visible(viewer, ids), options),
    runningExecutions: new DataLoader((ids) => agents.runningCounts(ids), options),
    executionsOfAgent(args) {
      const key = JSON.stringify([args.filter, args.orderBy, args.first, args.after]);
      const known = lists.get(key);
      if (known) return known;
      const loader = new DataLoader<string, Connection<ExecutionRecord>>(
        (ids) => executions.listsOf(viewer, ids, args),
        options,
      );
      lists.set(key, loader);
      return loader;
    },
  };
}
