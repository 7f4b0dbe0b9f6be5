import { ErrorCode } from '@flowmesh/platform/errors';
import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import { AgentFailure } from '../kinds/agent-failure.ts';
import type { ContextUser } from './context-user.ts';

/** Shorter than the gateway waits for a mutation. */
const CHECK_TIMEOUT_MS = 5_000;

const FIND = `query FindContext($id: ID!) { context(id: $id) { version status access } }`;

const READ = `query ReadContext($id: ID!, $version: Int!) { context(id: $id) { resolved(version: $version) { value } } }`;

const MERGE = `mutation WriteContext($input: MergeContextLayerInput!) {
  mergeContextLayer(input: $input) {
    ... on MergeContextLayerSuccess { version }
    ... on InvalidInputError { fields { path message } }
    ... on MutationError { message }
  }
}`;

export interface FoundContext {
  readonly version: number;
  readonly status: string;
  readonly access: 'READ' | 'WRITE' | 'OWN';
}

interface Merged {
  readonly version?: number;
  readonly message?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

export interface ContextMerge {
  readonly contextId: string;
  readonly layerType: string;
  readonly mergePatch: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string;
  readonly reason: string;
}

const gone = () =>
  new AgentFailure('CONTEXT_NOT_FOUND', 'There is no such context any more, or the execution may not read it.', {
    retryable: false,
  });

/**
 * The context service, wherever it runs. Throws `ServiceAwayError` when it is not known what was done, `AgentFailure` when
 * nothing was and nothing will be.
 */
export class ContextCalls {
  constructor(private readonly services: Services) {}

  /** Null for one that an execution cannot be given. */
  async find(user: ContextUser, id: string): Promise<FoundContext | null> {
    try {
      const { context } = await this.askOnce<{ context: FoundContext | null }>(user, FIND, { id }, CHECK_TIMEOUT_MS);
      return context?.status === 'DELETED' ? null : context;
    } catch (error) {
      // Without the right to read contexts, there are none for this user.
      if (error instanceof ServiceRefusedError && error.code === ErrorCode.forbidden) return null;
      throw error;
    }
  }

  async read(user: ContextUser, id: string, version: number): Promise<unknown> {
    const { context } = await this.ask<{ context: { resolved: { value: unknown } } | null }>(user, READ, {
      id,
      version,
    });
    if (!context) throw gone();
    return context.resolved.value;
  }

  /** Once for each key; gives the version with which it was merged. */
  async merge(user: ContextUser, input: ContextMerge): Promise<number> {
    const { mergeContextLayer: merged } = await this.ask<{ mergeContextLayer: Merged }>(user, MERGE, { input });
    if (merged.version !== undefined) return merged.version;
    const places = (merged.fields ?? []).map(({ path, message }) => `${path}: ${message}`).join('; ');
    throw new AgentFailure('CONTEXT_REFUSED', `The context refused it: ${places || merged.message}`, {
      retryable: false,
    });
  }

  private async ask<T>(user: ContextUser, query: string, variables: Record<string, unknown>): Promise<T> {
    try {
      return await this.askOnce<T>(user, query, variables);
    } catch (error) {
      if (!(error instanceof ServiceRefusedError)) throw error;
      throw new AgentFailure(error.code, error.message, { retryable: false, cause: error });
    }
  }

  private askOnce<T>(
    { startedById, contextScopes, starterRoleIds, workflowId, agentId, requestId }: ContextUser,
    query: string,
    variables: Record<string, unknown>,
    timeoutMs?: number,
  ): Promise<T> {
    const service = this.services.get('context');
    // In this process it may not have been opened yet.
    if (!service) throw new ServiceAwayError('context', false);
    const viewer = {
      kind: 'service',
      service: 'agent',
      userId: startedById,
      scopes: contextScopes,
      roleIds: starterRoleIds,
      agentId,
      ...(workflowId === null ? {} : { workflowId }),
    } as const;
    return service.ask<T>({ query, variables }, { viewer, requestId, timeoutMs });
  }
}
