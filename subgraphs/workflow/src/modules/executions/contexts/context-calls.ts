import { ErrorCode } from '@flowmesh/platform/errors';
import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import { StepFailure } from '../step-types/step-type.ts';
import type { ContextMerge, ContextPort, ContextUser, ReadContext } from './context-port.ts';

/** Shorter than the gateway waits for a mutation. */
const CHECK_TIMEOUT_MS = 5_000;

const CREATE = `mutation CreateContextOfExecution($input: CreateContextInput!) {
  createContext(input: $input) {
    __typename
    ... on CreateContextSuccess { context { id } }
    ... on IdempotencyConflictError { id }
    ... on MutationError { message }
  }
}`;

const FIND = `query FindContext($id: ID!) { context(id: $id) { version status } }`;

const READ = `query ReadContext($id: ID!, $version: Int) {
  context(id: $id) { resolved(version: $version) { version value } }
}`;

const MERGE = `mutation WriteResult($input: MergeContextLayerInput!) {
  mergeContextLayer(input: $input) {
    __typename
    ... on MergeContextLayerSuccess { version }
    ... on InvalidInputError { fields { path message } }
    ... on ContextSecretsRefusedError { findings { path kind } }
    ... on MutationError { message }
  }
}`;

interface Created {
  readonly __typename: string;
  readonly context?: { readonly id: string };
  readonly id?: string;
  readonly message?: string;
}

interface Found {
  readonly context: { readonly version: number; readonly status: string } | null;
}

interface Merged {
  readonly __typename: string;
  readonly version?: number;
  readonly message?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  readonly findings?: readonly { readonly path: string; readonly kind: string }[];
}

const gone = () =>
  new StepFailure('CONTEXT_NOT_FOUND', 'There is no such context any more, or the execution may not read it.', false);

/** The context service, wherever it runs. */
export class ContextCalls implements ContextPort {
  constructor(private readonly services: Services) {}

  /** Whether an execution can be given this context. Throws `ServiceAwayError` when that is not known. */
  async isReadable(user: ContextUser, contextId: string): Promise<boolean> {
    try {
      const { context } = await this.askOnce<Found>(user, FIND, { id: contextId }, CHECK_TIMEOUT_MS);
      return context !== null && context.status !== 'DELETED';
    } catch (error) {
      // Without the right to read contexts, there are none for this user.
      if (error instanceof ServiceRefusedError && error.code === ErrorCode.forbidden) return false;
      throw error;
    }
  }

  async create(user: ContextUser, input: { readonly idempotencyKey: string; readonly name: string }): Promise<string> {
    const variables = { input: { ...input, type: 'workflow-execution', secretPolicy: 'MASK' } };
    const { createContext: created } = await this.ask<{ createContext: Created }>(user, CREATE, variables);
    // Made by an earlier release, perhaps under another name.
    const id = created.context?.id ?? created.id;
    if (id === undefined) throw new StepFailure('CONTEXT_REFUSED', String(created.message), false);
    return id;
  }

  async currentVersion(user: ContextUser, contextId: string): Promise<number> {
    const { context } = await this.ask<Found>(user, FIND, { id: contextId });
    if (!context) throw gone();
    return context.version;
  }

  async read(user: ContextUser, contextId: string, version: number | null): Promise<ReadContext> {
    const { context } = await this.ask<{ context: { resolved: ReadContext } | null }>(user, READ, {
      id: contextId,
      version,
    });
    if (!context) throw gone();
    return context.resolved;
  }

  async merge(user: ContextUser, request: ContextMerge): Promise<number> {
    const { contextId, layer, mergePatch, idempotencyKey, reason } = request;
    const variables = { input: { contextId, layerType: layer, mergePatch, idempotencyKey, reason } };
    const { mergeContextLayer: merged } = await this.ask<{ mergeContextLayer: Merged }>(user, MERGE, variables);
    if (merged.version === undefined) throw new StepFailure('CONTEXT_REFUSED', whyRefused(merged), false);
    return merged.version;
  }

  private async ask<T>(user: ContextUser, query: string, variables: Record<string, unknown>): Promise<T> {
    try {
      return await this.askOnce<T>(user, query, variables);
    } catch (error) {
      throw error instanceof ServiceRefusedError ? new StepFailure(error.code, error.message, false) : error;
    }
  }

  private askOnce<T>(
    { userId, scopes, roleIds, workflowId, requestId }: ContextUser,
    query: string,
    variables: Record<string, unknown>,
    timeoutMs?: number,
  ): Promise<T> {
    const service = this.services.get('context');
    // In this process it may not have been opened yet.
    if (!service) throw new ServiceAwayError('context', false);
    const viewer = { kind: 'service', service: 'workflow', userId, scopes, roleIds, workflowId } as const;
    return service.ask<T>({ query, variables }, { viewer, requestId, timeoutMs });
  }
}

function whyRefused({ message, fields = [], findings = [] }: Merged): string {
  const places = [
    ...fields.map(({ path, message: what }) => `${path}: ${what}`),
    ...findings.map(({ path, kind }) => `${path}: ${kind}`),
  ];
  return `The context refused the result: ${places.join('; ') || message}`;
}
