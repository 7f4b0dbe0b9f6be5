import type { ContextClient, ContextUser } from '@flowmesh/platform/context-use';
import { requestDigest } from '@flowmesh/platform/idempotency';
import type { ExecutionRecord } from '../execution-record.ts';

/** Without it, nothing is written, whatever the access. */
const WRITE = 'context:write';
/** The layer that agents write. */
const LAYER = 'notes';

/** The context of one execution, as its agent uses it. Throws `ServiceAwayError` when the context service does not answer. */
export class AgentContext {
  private readonly user: ContextUser;

  private constructor(
    private readonly client: ContextClient,
    private readonly execution: ExecutionRecord,
    readonly id: string,
    /** The version that the agent reads, in each of its attempts. */
    readonly version: number,
    private readonly noteRead: () => Promise<void>,
  ) {
    const { startedById, contextScopes, starterRoleIds, workflowId, agentId, requestId } = execution;
    this.user = {
      userId: startedById,
      scopes: contextScopes,
      roleIds: starterRoleIds,
      workflowId,
      agentId,
      requestId: requestId ?? execution.id,
    };
  }

  /** Null for an execution that was given none. `noteRead`: stores that the agent has got to know it. */
  static of(client: ContextClient, execution: ExecutionRecord, noteRead: () => Promise<void>): AgentContext | null {
    const { contextId, contextVersion } = execution;
    return contextId === null || contextVersion === null
      ? null
      : new AgentContext(client, execution, contextId, contextVersion, noteRead);
  }

  /** What it holds, for the agent: that it was read is noted before. */
  async value(): Promise<unknown> {
    const { value } = await this.client.read(this.user, this.id, this.version);
    if (!this.execution.contextRead) await this.noteRead();
    return value;
  }

  /** Whether it may write, by now. */
  async isWritable(): Promise<boolean> {
    if (!this.execution.contextScopes.includes(WRITE)) return false;
    const found = await this.client.find(this.user, this.id);
    return found !== null && found.status === 'ACTIVE' && found.access !== 'READ';
  }

  /** Merges what was said into a layer, once in however many attempts: the first of them that comes so far. */
  async remember(layerType: string, mergePatch: Readonly<Record<string, unknown>>): Promise<void> {
    const { id, agentName } = this.execution;
    await this.client.merge(this.user, {
      contextId: this.id,
      layerType,
      mergePatch,
      idempotencyKey: `${id}:memory`,
      reason: `Said to the agent ${agentName} in the execution ${id}.`.slice(0, 1_000),
    });
  }

  /** Merges what the agent has learned; the same once only, in however many attempts. Gives the version of it. */
  write(mergePatch: Readonly<Record<string, unknown>>): Promise<number> {
    const { id, agentName } = this.execution;
    return this.client.merge(this.user, {
      contextId: this.id,
      layerType: LAYER,
      mergePatch,
      idempotencyKey: `${id}:${requestDigest(mergePatch)}`,
      reason: `Written by the agent ${agentName} in the execution ${id}.`.slice(0, 1_000),
    });
  }
}
