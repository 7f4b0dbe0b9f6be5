import type { Viewer } from '@flowmesh/platform/access';
import type { EventBus, EventLog } from '@flowmesh/platform/events';
import type { CallContext } from '@flowmesh/platform/federation';
import { createLoaders, type Loaders, type LoaderServices } from './loaders.ts';
import type { ExecutionSnapshots } from './modules/executions/live/execution-snapshots.ts';

/** What resolvers reach, and nothing else. */
export interface Services extends LoaderServices {
  readonly snapshots: ExecutionSnapshots;
  readonly log: EventLog;
  readonly bus: EventBus;
}

/** Context of one operation, or of one event of a subscription. */
export interface WorkflowContext {
  readonly viewer: Viewer;
  /** Passed on to other subgraphs. */
  readonly caller: CallContext;
  readonly signal: AbortSignal | undefined;
  readonly services: Services;
  readonly loaders: Loaders;
}

export const createContext = (services: Services, caller: CallContext): WorkflowContext => ({
  viewer: caller.viewer,
  caller,
  signal: caller.signal,
  services,
  loaders: createLoaders(caller.viewer, services),
});
