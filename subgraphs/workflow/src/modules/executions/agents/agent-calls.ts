import { serviceViewer, type Viewer } from '@flowmesh/platform/access';
import { Batcher } from '@flowmesh/platform/batching';
import { newId } from '@flowmesh/platform/ids';
import { ServiceRefusedError, type Service, type Services } from '@flowmesh/platform/services';
import { AGENT_STOPPED, type AgentOutcome } from '../engine/commands.ts';
import { storageProblem } from '@flowmesh/platform/validation';
import { RESULT_TOO_LARGE } from '../result-size.ts';
import { StepFailure, type AgentPort } from '../step-types/step-type.ts';

const MAX_BATCH = 100;
/** A budget does not allow what the agent needs: another attempt would not change that. */
const BUDGET_EXCEEDED = 'BUDGET_EXCEEDED';

const EXECUTE = `mutation BeginStep($input: ExecuteAgentInput!) {
  executeAgent(input: $input) {
    __typename
    ... on ExecuteAgentSuccess { execution { id } }
    ... on InvalidInputError { message fields { path message } }
    ... on IdempotencyConflictError { id }
    ... on AgentUnavailableError { message }
  }
}`;

const STOP = `mutation StopStep($input: StopAgentExecutionInput!) {
  stopAgentExecution(input: $input) { __typename }
}`;

const LOOK = `query LookAtSteps($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on AgentExecution { id status output stopReason error { code message retryable } }
  }
}`;

type Begun =
  | { readonly __typename: 'ExecuteAgentSuccess'; readonly execution: { readonly id: string } }
  | {
      readonly __typename: 'InvalidInputError';
      readonly message: string;
      readonly fields: readonly { readonly path: string; readonly message: string }[];
    }
  | { readonly __typename: 'IdempotencyConflictError'; readonly id: string }
  | { readonly __typename: 'NotFoundError' }
  | { readonly __typename: 'AgentUnavailableError'; readonly message: string };

interface SeenExecution {
  readonly id: string;
  readonly status: 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'STOPPED';
  readonly output: unknown;
  readonly stopReason: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean } | null;
}

/** The agent service, wherever it runs. */
export class AgentCalls implements AgentPort {
  private readonly looks = new Batcher<string, AgentOutcome | undefined>({
    process: (ids) => this.look(ids),
    maxItems: MAX_BATCH,
    concurrency: 4,
  });

  constructor(private readonly services: Services) {}

  async begin(request: Parameters<AgentPort['begin']>[0]): Promise<string> {
    const { agentId, input, context, idempotencyKey, requestId, waitingSince } = request;
    const { userId, scopes, roleIds, workflowId, workflowExecutionId } = request;
    const origin = { workflowId, workflowExecutionId };
    const viewer: Viewer = { kind: 'service', service: 'workflow', userId, scopes, roleIds, ...origin };
    // The step does the retries; each of its attempts is a single attempt of the agent.
    const limits = { maxAttempts: 1, waitingSince: waitingSince.toISOString() };
    const work = { agentId, input, idempotencyKey, ...limits, ...context };
    const variables = { input: work };
    const asked = this.agents().ask<{ executeAgent: Begun }>({ query: EXECUTE, variables }, { viewer, requestId });
    const { executeAgent: begun } = await asked.catch((error: unknown) => {
      throw error instanceof ServiceRefusedError ? new StepFailure(error.code, error.message, false) : error;
    });
    switch (begun.__typename) {
      case 'ExecuteAgentSuccess':
        return begun.execution.id;
      case 'IdempotencyConflictError':
        // An input computed from the time or random values differs in each attempt; the first one counts.
        return begun.id;
      case 'InvalidInputError': {
        const fields = begun.fields.map(({ path, message }) => `${path}: ${message}`).join('; ');
        throw new StepFailure('AGENT_INPUT', `The agent refused its input: ${fields || begun.message}`, false);
      }
      case 'NotFoundError':
        throw new StepFailure('AGENT_NOT_FOUND', 'There is no such agent, or the starter may not use it.', false);
      case 'AgentUnavailableError':
        throw new StepFailure('AGENT_UNAVAILABLE', begun.message, true);
    }
  }

  async ended(agentExecutionIds: readonly string[]): Promise<Map<string, AgentOutcome>> {
    const outcomes = await Promise.all(agentExecutionIds.map(async (id) => [id, await this.looks.add(id)] as const));
    return new Map(outcomes.flatMap(([id, outcome]) => (outcome ? [[id, outcome] as const] : [])));
  }

  async stop(request: Parameters<AgentPort['stop']>[0]): Promise<void> {
    const { agentId, idempotencyKey, userId, scopes, requestId } = request;
    const viewer: Viewer = { kind: 'service', service: 'workflow', userId, scopes };
    const reason = 'The workflow does not wait for it any more.';
    const variables = { input: { agentId, idempotencyKey, reason } };
    // Every answer is fine: stopped, already ended, or no such agent. A viewer who may start may also stop.
    await this.agents()
      .ask({ query: STOP, variables }, { viewer, requestId })
      .catch((error: unknown) => {
        if (!(error instanceof ServiceRefusedError)) throw error;
      });
  }

  private async look(ids: readonly string[]): Promise<(AgentOutcome | undefined)[]> {
    const viewer = serviceViewer('workflow', ['agent:read', 'agent:read-any']);
    const variables = { representations: ids.map((id) => ({ __typename: 'AgentExecution', id })) };
    const call = { viewer, requestId: newId() };
    const data = await this.agents().ask<{ _entities: (SeenExecution | null)[] }>({ query: LOOK, variables }, call);
    return data._entities.map(outcomeOf);
  }

  private agents(): Service {
    const service = this.services.get('agent');
    if (!service) throw new Error('the agent subgraph is not configured');
    return service;
  }
}

function outcomeOf(execution: SeenExecution | null): AgentOutcome | undefined {
  if (!execution) return failed('AGENT_FAILED', 'The execution of the agent is gone.', false);
  const { status, output, stopReason, error } = execution;
  if (status === 'COMPLETED') {
    const problem = storageProblem(output);
    return problem ? failed('STEP_FAILED', `The result ${problem}.`, false) : { ok: true, result: output };
  }
  if (status === 'STOPPED') {
    return failed(
      AGENT_STOPPED,
      `The execution of the agent was stopped${stopReason ? `: ${stopReason}` : '.'}`,
      false,
    );
  }
  if (status !== 'FAILED') return undefined;
  if (error?.code === BUDGET_EXCEEDED) return failed(BUDGET_EXCEEDED, error.message, false);
  const message = error ? `${error.code}: ${error.message}` : 'The agent failed.';
  if (error?.code === 'TOO_LARGE') return failed(RESULT_TOO_LARGE, message, false, error.code);
  return failed('AGENT_FAILED', message, error?.retryable ?? false, error?.code);
}

const failed = (code: string, message: string, retryable: boolean, cause?: string): AgentOutcome => ({
  ok: false,
  error: { code, message },
  retryable,
  cause,
});
