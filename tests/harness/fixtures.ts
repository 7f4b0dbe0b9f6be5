import type { GraphClient } from './graph.ts';
import { until } from '@flowmesh/platform/testing';
import { unique } from './users.ts';

type Input = Readonly<Record<string, unknown>>;

export const REGISTER_AGENT = `mutation RegisterAgent($input: RegisterAgentInput!) {
  registerAgent(input: $input) {
    __typename
    ... on RegisterAgentSuccess { agent { id } }
    ... on MutationError { code message }
    ... on InvalidInputError { fields { path message } }
  }
}`;

/** An agent that gives back `{answer: <expression>}` of its input, without a network. */
export const echoAgent = (expression = '$') => ({
  name: unique('echo'),
  type: 'Echo',
  kind: 'BUILTIN',
  builtin: { function: 'TRANSFORM', options: { expression } },
});

/** Registers an agent and gives its id. */
export async function registerAgent(user: GraphClient, input: Input = echoAgent()): Promise<string> {
  const result = await user.mutate<{ agent?: { id: string } }>(REGISTER_AGENT, { input });
  if (!result.agent) throw new Error(`registerAgent: ${JSON.stringify(result)}`);
  return result.agent.id;
}

export const CREATE_WORKFLOW = `mutation CreateWorkflow($input: CreateWorkflowInput!) {
  createWorkflow(input: $input) {
    __typename
    ... on CreateWorkflowSuccess { workflow { id version status } }
    ... on MutationError { code message }
    ... on InvalidWorkflowError { problems { code path stepId } }
    ... on WorkflowNameTakenError { workflowId }
  }
}`;

/** Creates a workflow and gives its id. */
export async function createWorkflow(user: GraphClient, input: Input): Promise<string> {
  const result = await user.mutate<{ workflow?: { id: string } }>(CREATE_WORKFLOW, {
    input: { name: unique('workflow'), ...input },
  });
  if (!result.workflow) throw new Error(`createWorkflow: ${JSON.stringify(result)}`);
  return result.workflow.id;
}

export const transformStep = (id: string, expression: string, more: Input = {}) => ({
  id,
  stepType: 'TRANSFORM',
  config: { expression },
  ...more,
});

export const agentStep = (id: string, agentId: string, more: Input = {}) => ({
  id,
  stepType: 'AGENT',
  agentId,
  ...more,
});

export const delayStep = (id: string, seconds: number, more: Input = {}) => ({
  id,
  stepType: 'DELAY',
  config: { seconds },
  ...more,
});

export const EXECUTE_WORKFLOW = `mutation ExecuteWorkflow($input: ExecuteWorkflowInput!) {
  executeWorkflow(input: $input) {
    __typename
    ... on ExecuteWorkflowSuccess { created execution { id status } }
    ... on MutationError { code message }
    ... on InvalidInputError { fields { path message } }
  }
}`;

/** Begins an execution and gives its id. */
export async function executeWorkflow(user: GraphClient, workflowId: string, more: Input = {}): Promise<string> {
  const result = await user.mutate<{ execution?: { id: string } }>(EXECUTE_WORKFLOW, {
    input: { workflowId, ...more },
  });
  if (!result.execution) throw new Error(`executeWorkflow: ${JSON.stringify(result)}`);
  return result.execution.id;
}

export interface ShownExecution {
  readonly id: string;
  readonly status: string;
  readonly result: unknown;
  readonly workflowVersion: number;
  readonly error: { readonly code: string; readonly stepId: string | null } | null;
  readonly steps: readonly {
    readonly id: string;
    readonly status: string;
    readonly attempts: number;
    readonly result: unknown;
    readonly agentExecution: { readonly id: string } | null;
  }[];
}

export async function showExecution(user: GraphClient, id: string): Promise<ShownExecution> {
  const { workflowExecution } = await user.query<{ workflowExecution: ShownExecution }>(
    `query Execution($id: ID!) {
      workflowExecution(id: $id) {
        id status result workflowVersion error { code stepId }
        steps { id status attempts result agentExecution { id } }
      }
    }`,
    { id },
  );
  return workflowExecution;
}

/** Waits until an execution has one of these states. */
export const executionIs = (user: GraphClient, id: string, states: readonly string[], timeoutMs = 20_000) =>
  until(
    `execution ${id} is ${states.join(' or ')}`,
    async () => {
      const execution = await showExecution(user, id);
      return states.includes(execution.status) ? execution : null;
    },
    { timeoutMs, everyMs: 50 },
  );

/** Waits for the end of an execution, whichever it is. */
export const executionEnds = (user: GraphClient, id: string, timeoutMs = 20_000) =>
  executionIs(user, id, ['COMPLETED', 'FAILED', 'CANCELLED'], timeoutMs);

export const EXECUTE_AGENT = `mutation ExecuteAgent($input: ExecuteAgentInput!) {
  executeAgent(input: $input) {
    __typename
    ... on ExecuteAgentSuccess { created execution { ...Shown } }
    ... on MutationError { code message }
    ... on InvalidInputError { fields { path message } }
    ... on AgentUnavailableError { status }
  }
}
fragment Shown on AgentExecution {
  id status output outputText attempts maxAttempts error { code retryable } usage { inputTokens outputTokens totalTokens costUsd }
}`;

export interface ShownAgentExecution {
  readonly id: string;
  readonly status: string;
  readonly output: unknown;
  readonly outputText: string | null;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly error: { readonly code: string; readonly retryable: boolean } | null;
  readonly usage: Readonly<Record<string, number | null>> | null;
}

/** Gives work to an agent; with `wait: true` in `more` the execution has ended. */
export async function executeAgent(user: GraphClient, agentId: string, more: Input = {}): Promise<ShownAgentExecution> {
  const result = await user.mutate<{ execution?: ShownAgentExecution }>(EXECUTE_AGENT, { input: { agentId, ...more } });
  if (!result.execution) throw new Error(`executeAgent: ${JSON.stringify(result)}`);
  return result.execution;
}

/** Settings of an agent that fails fast, with three attempts. */
export const FAST = { retryPolicy: { maxAttempts: 3, initialDelayMs: 10, maxDelayMs: 50, multiplier: 1 } };

const SHOW_AGENT_EXECUTION = `query Show($id: ID!) {
  agentExecution(id: $id) {
    id status output outputText attempts maxAttempts error { code retryable } usage { inputTokens outputTokens totalTokens costUsd }
  }
}`;

export async function showAgentExecution(user: GraphClient, id: string): Promise<ShownAgentExecution> {
  return (await user.query<{ agentExecution: ShownAgentExecution }>(SHOW_AGENT_EXECUTION, { id })).agentExecution;
}

/** Waits until an execution of an agent has this state. */
export const agentExecutionIs = (user: GraphClient, id: string, status: string) =>
  until(`agent execution ${id} is ${status}`, async () => {
    const execution = await showAgentExecution(user, id);
    return execution.status === status ? execution : null;
  });

export const STOP = `mutation Stop($id: ID!) {
  stopAgentExecution(input: { id: $id }) {
    __typename
    ... on StopAgentExecutionSuccess { execution { status } }
    ... on AgentExecutionEndedError { code execution { status } }
    ... on NotFoundError { code }
  }
}`;
