import type { ExecutionResult } from 'graphql';
import { serviceViewer, type Viewer } from '@flowmesh/platform/access';
import type { SubgraphSource, SubgraphSources } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import type { AgentOutcome } from '../engine/commands.ts';
import { Batcher } from '@flowmesh/platform/batching';
import { storageProblem } from '../engine/storable.ts';
import { StepFailure, type AgentPort } from '../step-types/step-type.ts';

const CALL_TIMEOUT_MS = 15_000;
const MAX_BATCH = 100;

const EXECUTE = `mutation BeginStep($input: ExecuteAgentInput!) {
  executeAgent(input: $input) {
    __typename
    ... on ExecuteAgentSuccess { execution { id } }
    ... on InvalidInputError { message fields { path message } }
    ... on NotFoundError { message }
    ... on AgentUnavailableError { message }
  }
}`;

const STOP = `mutation StopStep($input: StopAgentExecutionInput!) {
  stopAgentExecution(input: $input) { __typename }
}`;

const LOOK = `query LookAtSteps($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on AgentExecution { id status output error { code message retryable } }
  }
}`;

type Begun =
  | { readonly __typename: 'ExecuteAgentSuccess'; readonly execution: { readonly id: string } }
  | {
      readonly __typename: 'InvalidInputError';
      readonly message: string;
      readonly fields: readonly { readonly path: string; readonly message: string }[];
    }
  | { readonly __typename: 'NotFoundError' | 'AgentUnavailableError'; readonly message: string };

interface SeenExecution {
  readonly id: string;
  readonly status: 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'STOPPED';
  readonly output: unknown;
  readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean } | null;
}

/** The agent subgraph, wherever it runs. */
export class AgentCalls implements AgentPort {
  private readonly looks = new Batcher<string, AgentOutcome | undefined>({
    process: (ids) => this.look(ids),
    maxItems: MAX_BATCH,
    concurrency: 4,
  });

  constructor(private readonly subgraphs: SubgraphSources) {}

  async begin(request: Parameters<AgentPort['begin']>[0]): Promise<string> {
    const { agentId, input, idempotencyKey, userId, scopes, requestId } = request;
    const viewer: Viewer = { kind: 'service', service: 'workflow', userId, scopes };
    // The step's own retries govern; each of them is one attempt of the agent.
    const variables = { input: { agentId, input, idempotencyKey, maxAttempts: 1 } };
    const data = await this.call<{ executeAgent: Begun }>(EXECUTE, variables, viewer, requestId);
    const begun = data.executeAgent;
    switch (begun.__typename) {
      case 'ExecuteAgentSuccess':
        return begun.execution.id;
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

  async stop(agentExecutionId: string, userId: string, requestId: string): Promise<boolean> {
    const scopes = ['agent:read', 'agent:execute'];
    const viewer: Viewer = { kind: 'service', service: 'workflow', userId, scopes };
    const variables = { input: { id: agentExecutionId, reason: 'The workflow does not wait for it any more.' } };
    // Any answer will do: stopped, ended before, or gone.
    await this.call(STOP, variables, viewer, requestId);
    return true;
  }

  private async look(ids: readonly string[]): Promise<(AgentOutcome | undefined)[]> {
    const viewer = serviceViewer('workflow', ['agent:read', 'agent:read-any']);
    const representations = ids.map((id) => ({ __typename: 'AgentExecution', id }));
    const data = await this.call<{ _entities: (SeenExecution | null)[] }>(LOOK, { representations }, viewer, newId());
    return data._entities.map(outcomeOf);
  }

  /** Throws StepFailure when the agent's service does not answer as it should. */
  private async call<T>(
    query: string,
    variables: Record<string, unknown>,
    viewer: Viewer,
    requestId: string,
  ): Promise<T> {
    const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    let result: ExecutionResult;
    try {
      result = await this.source().execute({ query, variables }, { viewer, requestId, signal });
    } catch (error) {
      throw new StepFailure('AGENT_UNAVAILABLE', `The agent service does not answer: ${messageOf(error)}`, true);
    }
    const [problem] = result.errors ?? [];
    if (problem || !result.data) {
      throw new StepFailure('AGENT_UNAVAILABLE', problem?.message ?? 'The agent service gave no data.', true);
    }
    return result.data as T;
  }

  private source(): SubgraphSource {
    const source = this.subgraphs.get('agent');
    if (!source) throw new Error('the agent subgraph is not configured');
    return source;
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function outcomeOf(execution: SeenExecution | null): AgentOutcome | undefined {
  if (!execution) return failed('AGENT_FAILED', 'The execution of the agent is gone.', false);
  const { status, output, error } = execution;
  if (status === 'COMPLETED') {
    const problem = storageProblem(output);
    return problem ? failed('STEP_FAILED', `The result ${problem}.`, false) : { ok: true, result: output };
  }
  if (status === 'STOPPED') return failed('AGENT_STOPPED', 'The execution of the agent was stopped.', false);
  if (status !== 'FAILED') return undefined;
  const message = error ? `${error.code}: ${error.message}` : 'The agent failed.';
  return failed('AGENT_FAILED', message, error?.retryable ?? false);
}

const failed = (code: string, message: string, retryable: boolean): AgentOutcome => ({
  ok: false,
  error: { code, message },
  retryable,
});
