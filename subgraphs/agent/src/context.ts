import type { EventBus, EventLog } from '@flowmesh/platform/events';
import type { CallContext } from '@flowmesh/platform/federation';
import { createLoaders, type Loaders } from './loaders.ts';
import type { AgentService } from './modules/agents/agent-service.ts';
import type { ExecutionService } from './modules/executions/execution-service.ts';

/** What resolvers reach, and nothing else. */
export interface Services {
  readonly agents: AgentService;
  readonly executions: ExecutionService;
  readonly log: EventLog;
  readonly bus: EventBus;
}

/** Context of one operation. */
export class AgentContext {
  readonly viewer: CallContext['viewer'];
  readonly requestId: string;
  readonly signal: AbortSignal | undefined;
  loaders: Loaders;

  constructor(
    readonly services: Services,
    call: CallContext,
  ) {
    this.viewer = call.viewer;
    this.requestId = call.requestId;
    this.signal = call.signal;
    this.loaders = this.freshLoaders();
  }

  /** For each event of a subscription: it must not be answered with what an earlier one has read. */
  renewLoaders(): void {
    this.loaders = this.freshLoaders();
  }

  private freshLoaders(): Loaders {
    return createLoaders(this.viewer, this.services.agents, this.services.executions);
  }
}
