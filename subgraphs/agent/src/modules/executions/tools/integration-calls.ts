import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import type { ExecutionRecord } from '../execution-record.ts';

const PAGE = 100;
/** More than a call of a tool may take. */
const CALL_TIMEOUT_MS = 120_000;

const OPERATIONS = `query ToolOperations($id: ID!, $after: String) {
  integrationOperations(integrationId: $id, first: ${PAGE}, after: $after) {
    nodes { name description inputSchema readOnly repeatable }
    pageInfo { hasNextPage endCursor }
  }
}`;

const INVOKE = `mutation CallTool($input: InvokeIntegrationInput!) {
  invokeIntegration(input: $input) {
    __typename
    ... on InvokeIntegrationSuccess { output }
    ... on InvalidInputError { fields { path message } }
    ... on MutationError { code message }
  }
}`;

export interface OperationShown {
  readonly name: string;
  readonly description: string | null;
  readonly inputSchema: Record<string, unknown> | null;
  readonly readOnly: boolean;
  readonly repeatable: boolean;
}

interface OperationsPage {
  readonly nodes: readonly OperationShown[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export interface Invoked {
  readonly __typename: string;
  readonly output?: unknown;
  readonly code?: string;
  readonly message?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

export interface Invocation {
  readonly id: string;
  readonly operation: string;
  readonly input: unknown;
  readonly idempotencyKey: string;
}

/** The integration service, wherever it runs, as whoever started an execution. Throws `ServiceAwayError` when it does not answer. */
export class IntegrationCalls {
  constructor(private readonly services: Services) {}

  /** Null for an integration that the starter may not see. */
  async operations(execution: ExecutionRecord, id: string): Promise<OperationShown[] | null> {
    const found: OperationShown[] = [];
    for (let after: string | null = null; ;) {
      const page: OperationsPage | null = await this.page(execution, id, after);
      if (!page) return null;
      found.push(...page.nodes);
      if (!page.pageInfo.hasNextPage) return found;
      after = page.pageInfo.endCursor;
    }
  }

  /** Calls an operation. The key is sent along, so that services can tell a repetition. */
  async invoke(execution: ExecutionRecord, input: Invocation, signal: AbortSignal): Promise<Invoked> {
    const data = await this.service().ask<{ invokeIntegration: Invoked }>(
      { query: INVOKE, variables: { input } },
      { viewer: viewerOf(execution), requestId: requestOf(execution), signal, timeoutMs: CALL_TIMEOUT_MS },
    );
    return data.invokeIntegration;
  }

  private async page(execution: ExecutionRecord, id: string, after: string | null): Promise<OperationsPage | null> {
    const call = { viewer: viewerOf(execution), requestId: requestOf(execution) };
    try {
      const asked = { query: OPERATIONS, variables: { id, after } };
      const data = await this.service().ask<{ integrationOperations: OperationsPage | null }>(asked, call);
      return data.integrationOperations;
    } catch (error) {
      if (error instanceof ServiceRefusedError) return null;
      throw error;
    }
  }

  private service() {
    const service = this.services.get('integration');
    // In this process it may not have been opened yet.
    if (!service) throw new ServiceAwayError('integration', false);
    return service;
  }
}

const requestOf = ({ requestId, id }: ExecutionRecord): string => requestId ?? id;

const viewerOf = ({ startedById, toolScopes, starterRoleIds, workflowId, agentId }: ExecutionRecord) =>
  ({
    kind: 'service',
    service: 'agent',
    userId: startedById,
    scopes: toolScopes,
    roleIds: starterRoleIds,
    agentId,
    ...(workflowId === null ? {} : { workflowId }),
  }) as const;
