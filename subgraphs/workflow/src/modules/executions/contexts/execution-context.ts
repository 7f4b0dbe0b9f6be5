import type { ContextUser } from '@flowmesh/platform/context-use';
import type { Definition } from '../engine/definition.ts';
import type { StarterRights } from '../starter-rights.ts';
import type { ExecutionHeader, ExecutionHeaders } from '../engine/execution-headers.ts';
import { scopesOn } from '../step-types/service-scopes.ts';
import type { ContextPort } from './context-port.ts';

/** The context of an execution, as one job uses it. It is created where the workflow says so, by the first step that begins. */
export class ExecutionContext {
  private opening: Promise<string | null> | undefined;

  constructor(
    private readonly parts: { readonly contexts: ContextPort; readonly headers: ExecutionHeaders },
    private readonly header: ExecutionHeader,
    private readonly definition: Pick<Definition, 'contextMode'>,
  ) {}

  /** For whom a step uses it that may do this. */
  userWith({ scopes, roleIds }: StarterRights): ContextUser {
    const { id, startedById, workflowId, requestId } = this.header;
    return {
      userId: startedById,
      scopes: scopesOn(scopes, 'context'),
      roleIds,
      workflowId,
      requestId: requestId ?? id,
    };
  }

  /** Null when there is none. `user` creates it if it is still to be created. */
  id(user: () => Promise<ContextUser>): Promise<string | null> {
    const { contextId } = this.header;
    if (contextId !== null || this.definition.contextMode !== 'CREATE') return Promise.resolve(contextId);
    this.opening ??= this.create(user).catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  /** The id of the execution is the key: whoever does it again finds the same context. */
  private async create(user: () => Promise<ContextUser>): Promise<string> {
    const { id } = this.header;
    const created = await this.parts.contexts.create(await user(), { idempotencyKey: id, name: `Execution ${id}` });
    await this.parts.headers.setContext(id, created);
    return created;
  }
}
