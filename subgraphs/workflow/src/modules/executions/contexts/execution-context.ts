import type { ContextUser } from '@flowmesh/platform/context-use';
import type { Definition } from '../engine/definition.ts';
import type { ExecutionHeader, ExecutionHeaders } from '../engine/execution-headers.ts';
import type { ContextPort } from './context-port.ts';

/** The context of an execution, as one job uses it. It is created where the workflow says so, by the first step that begins. */
export class ExecutionContext {
  readonly user: ContextUser;
  private opening: Promise<string | null> | undefined;

  constructor(
    private readonly parts: { readonly contexts: ContextPort; readonly headers: ExecutionHeaders },
    private readonly header: ExecutionHeader,
    private readonly definition: Pick<Definition, 'contextMode'>,
  ) {
    this.user = {
      userId: header.startedById,
      scopes: header.contextScopes,
      roleIds: header.starterRoleIds,
      workflowId: header.workflowId,
      requestId: header.requestId ?? header.id,
    };
  }

  /** Null when there is none. */
  id(): Promise<string | null> {
    const { contextId } = this.header;
    if (contextId !== null || this.definition.contextMode !== 'CREATE') return Promise.resolve(contextId);
    this.opening ??= this.create().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  /** The id of the execution is the key: whoever does it again finds the same context. */
  private async create(): Promise<string> {
    const { id } = this.header;
    const created = await this.parts.contexts.create(this.user, { idempotencyKey: id, name: `Execution ${id}` });
    await this.parts.headers.setContext(id, created);
    return created;
  }
}
