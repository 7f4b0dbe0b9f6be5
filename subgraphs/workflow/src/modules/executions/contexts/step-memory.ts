import type { ContextUser, ReadContext } from '@flowmesh/platform/context-use';
import type { ClaimedStep } from '../engine/commands.ts';
import type { StepDefinition } from '../engine/definition.ts';
import type { Engine } from '../engine/engine.ts';
import type { ExecutionHeader } from '../engine/execution-headers.ts';
import type { StarterRights } from '../starter-rights.ts';
import { requireScope } from '../step-types/require-scope.ts';
import { rememberOf } from '../step-types/remember.ts';
import type { ContextPort } from './context-port.ts';
import type { ExecutionContext } from './execution-context.ts';

export interface StepMemoryParts {
  readonly contexts: ContextPort;
  readonly engine: Engine;
}

/**
 * The context of an execution, as one claimed step reads and writes it. The version that is read first is noted with the
 * step before anything is done with it: whoever begins the attempt again reads the same.
 */
export class StepMemory {
  private reading: Promise<ReadContext | null> | undefined;
  private version: number | null;
  constructor(
    private readonly parts: StepMemoryParts,
    private readonly header: ExecutionHeader,
    private readonly context: ExecutionContext,
    private readonly claimed: Pick<ClaimedStep, 'stepId' | 'token' | 'key' | 'contextVersion'>,
    /** What the step may do for the starter. */
    private readonly rights: () => Promise<StarterRights>,
  ) {
    this.version = claimed.contextVersion;
  }

  /** For whom the step uses contexts. */
  async user(): Promise<ContextUser> {
    return this.context.userWith(await this.rights());
  }

  /** The context of the execution, which is created if it is still to be; null when there is none. */
  contextId(): Promise<string | null> {
    return this.context.id(() => this.user());
  }

  /** All that was known; empty without a context. */
  async value(): Promise<unknown> {
    this.reading ??= this.read();
    return (await this.reading)?.value ?? {};
  }

  /** The context, and the version that is this step's; null when there is no context. */
  async pinned(): Promise<{ readonly contextId: string; readonly contextVersion: number } | null> {
    const contextId = await this.contextId();
    if (contextId === null) return null;
    const { contexts } = this.parts;
    const contextVersion =
      this.version ?? (await this.pin(await contexts.currentVersion(await this.user(), contextId)));
    return { contextId, contextVersion };
  }

  /** Writes the result where the step says; the version with which that was done, null when there was nothing to do. */
  async write(step: StepDefinition, result: unknown): Promise<number | null> {
    const remember = rememberOf(step);
    const contextId = remember && (await this.contextId());
    if (!remember || contextId === null) return null;
    const { id, workflowId } = this.header;
    requireScope(await this.rights(), 'context:write', 'Remembering the result');
    return this.parts.contexts.merge(await this.user(), {
      contextId,
      layerType: remember.layer,
      mergePatch: { [remember.key]: result ?? null },
      // Another attempt of the same run has the same to say.
      idempotencyKey: `${id}:${step.id}:${this.claimed.key.generation}`,
      reason: `Result of the step ${step.id} in the execution ${id} of the workflow ${workflowId}.`,
    });
  }

  private async read(): Promise<ReadContext | null> {
    const contextId = await this.contextId();
    if (contextId === null) return null;
    const read = await this.parts.contexts.read(await this.user(), contextId, this.version);
    if (this.version === null) await this.pin(read.version);
    return read;
  }

  private async pin(version: number): Promise<number> {
    const { stepId, token } = this.claimed;
    await this.parts.engine.apply(this.header.id, { kind: 'read-context', stepId, token, version });
    this.version = version;
    return version;
  }
}
