import { ErrorCode } from '../errors/index.ts';
import { ServiceAwayError, ServiceRefusedError, type Services } from '../services/index.ts';
import type { ContextUser, FoundContext, ReadContext } from './context-user.ts';

/** Shorter than the gateway waits for a mutation. */
const CHECK_TIMEOUT_MS = 5_000;

const CREATE = `mutation CreateContextOfExecution($input: CreateContextInput!) {
  createContext(input: $input) {
    ... on CreateContextSuccess { context { id } }
    ... on IdempotencyConflictError { id }
    ... on MutationError { message }
  }
}`;

const FIND = `query FindContext($id: ID!) { context(id: $id) { version status access } }`;

const READ = `query ReadContext($id: ID!, $version: Int) {
  context(id: $id) { resolved(version: $version) { version value } }
}`;

const READ_LAYERS = `query ReadLayers($id: ID!, $version: Int) {
  context(id: $id) { layers(version: $version) { layerType data } }
}`;

const MERGE = `mutation WriteContext($input: MergeContextLayerInput!) {
  mergeContextLayer(input: $input) {
    ... on MergeContextLayerSuccess { version }
    ... on InvalidInputError { fields { path message } }
    ... on ContextSecretsRefusedError { findings { path kind } }
    ... on MutationError { message }
  }
}`;

interface Layers {
  readonly layers: readonly { readonly layerType: string; readonly data: unknown }[];
}

interface Created {
  readonly context?: { readonly id: string };
  readonly id?: string;
  readonly message?: string;
}

interface Merged {
  readonly version?: number;
  readonly message?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  readonly findings?: readonly { readonly path: string; readonly kind: string }[];
}

/** What is merged into the layer of a type; once for each key. */
export interface ContextMerge {
  readonly contextId: string;
  readonly layerType: string;
  readonly mergePatch: Readonly<Record<string, unknown>>;
  /** The values of the patch replace those under its keys, instead of being merged with them. */
  readonly replace?: boolean;
  readonly idempotencyKey: string;
  readonly reason: string;
}

export interface ContextClientParts {
  readonly services: Services;
  /** The name of the service that uses contexts. */
  readonly service: string;
  /** The error that its work ends with when nothing was done, and asking again is of no use. */
  readonly failure: (code: string, message: string, cause?: unknown) => Error;
}

/**
 * The context service, wherever it runs, for executions. Each method throws `ServiceAwayError` when it is not known what was
 * done, and the `failure` of its parts when nothing was and nothing will be.
 */
export class ContextClient {
  constructor(private readonly parts: ContextClientParts) {}

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

  /** A context of the user's own for an execution. The same key gives the same one. */
  async create(user: ContextUser, input: { readonly idempotencyKey: string; readonly name: string }): Promise<string> {
    const variables = { input: { ...input, type: 'workflow-execution', secretPolicy: 'MASK' } };
    const { createContext: created } = await this.ask<{ createContext: Created }>(user, CREATE, variables);
    // Made by an earlier release, perhaps under another name.
    const id = created.context?.id ?? created.id;
    if (id === undefined) throw this.parts.failure('CONTEXT_REFUSED', String(created.message));
    return id;
  }

  /** As it is. */
  async currentVersion(user: ContextUser, id: string): Promise<number> {
    const { context } = await this.ask<{ context: FoundContext | null }>(user, FIND, { id });
    if (!context) throw this.gone();
    return context.version;
  }

  /** At a version; null: as it is. */
  async read(user: ContextUser, id: string, version: number | null): Promise<ReadContext> {
    const { context } = await this.ask<{ context: { resolved: ReadContext } | null }>(user, READ, { id, version });
    if (!context) throw this.gone();
    return context.resolved;
  }

  /** Its highest layer of a type, at a version; null: as it is. The value is null when there is no such layer. */
  async readLayer(user: ContextUser, id: string, version: number | null, layerType: string): Promise<ReadContext> {
    const at = version ?? (await this.currentVersion(user, id));
    const { context } = await this.ask<{ context: Layers | null }>(user, READ_LAYERS, { id, version: at });
    if (!context) throw this.gone();
    const layer = context.layers.findLast((each) => each.layerType === layerType);
    return { version: at, value: layer?.data ?? null };
  }

  /** Gives the version with which it was merged. */
  async merge(user: ContextUser, input: ContextMerge): Promise<number> {
    const { mergeContextLayer: merged } = await this.ask<{ mergeContextLayer: Merged }>(user, MERGE, { input });
    if (merged.version === undefined) throw this.parts.failure('CONTEXT_REFUSED', whyRefused(merged));
    return merged.version;
  }

  private gone(): Error {
    return this.parts.failure(
      'CONTEXT_NOT_FOUND',
      'There is no such context any more, or the execution may not read it.',
    );
  }

  private async ask<T>(user: ContextUser, query: string, variables: Record<string, unknown>): Promise<T> {
    try {
      return await this.askOnce<T>(user, query, variables);
    } catch (error) {
      if (!(error instanceof ServiceRefusedError)) throw error;
      throw this.parts.failure(error.code, error.message, error);
    }
  }

  private askOnce<T>(
    { userId, scopes, roleIds, workflowId, agentId, requestId }: ContextUser,
    query: string,
    variables: Record<string, unknown>,
    timeoutMs?: number,
  ): Promise<T> {
    const service = this.parts.services.get('context');
    // In this process it may not have been opened yet.
    if (!service) throw new ServiceAwayError('context', false);
    const viewer = {
      kind: 'service',
      service: this.parts.service,
      userId,
      scopes,
      roleIds,
      ...(workflowId != null && { workflowId }),
      ...(agentId != null && { agentId }),
    } as const;
    return service.ask<T>({ query, variables }, { viewer, requestId, timeoutMs });
  }
}

function whyRefused({ message, fields = [], findings = [] }: Merged): string {
  const places = [
    ...fields.map(({ path, message: what }) => `${path}: ${what}`),
    ...findings.map(({ path, kind }) => `${path}: ${kind}`),
  ];
  return `The context refused it: ${places.join('; ') || message}`;
}
