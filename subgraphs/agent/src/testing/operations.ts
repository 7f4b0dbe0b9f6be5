import type { Viewer } from '@flowmesh/platform/access';
import type { AgentProcess } from './agent-under-test.ts';

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly output: unknown;
  readonly outputText: string | null;
  readonly attempts: number;
  readonly stopReason: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean } | null;
  readonly usage: unknown;
}

export interface Result {
  readonly __typename: string;
  readonly agent?: { readonly id: string; readonly version: number };
  readonly agentId?: string;
  readonly execution?: Shown;
  readonly created?: boolean;
  readonly code?: string;
  readonly id?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  readonly stoppedExecutions?: number;
  readonly activeExecutions?: number;
}

const SHOWN =
  '{ id status output outputText attempts stopReason error { code message retryable } usage { inputTokens outputTokens totalTokens costUsd } }';
const PROBLEMS = '... on MutationError { code message }';
const FIELDS = '... on InvalidInputError { fields { path message } }';

async function mutate(
  process: AgentProcess,
  viewer: Viewer,
  name: string,
  type: string,
  selection: string,
  input: object,
) {
  const query = `mutation M($input: ${type}!) { result: ${name}(input: $input) { __typename ${selection} ${PROBLEMS} } }`;
  return (await process.ask<{ result: Result }>(viewer, query, { input })).result;
}

export const register = (process: AgentProcess, viewer: Viewer, input: object) =>
  mutate(
    process,
    viewer,
    'registerAgent',
    'RegisterAgentInput',
    `${FIELDS} ... on RegisterAgentSuccess { agent { id version } } ... on AgentNameTakenError { agentId }`,
    input,
  );
export const update = (process: AgentProcess, viewer: Viewer, input: object) =>
  mutate(
    process,
    viewer,
    'updateAgent',
    'UpdateAgentInput',
    `${FIELDS} ... on UpdateAgentSuccess { agent { id version } }`,
    input,
  );
export const deregister = (process: AgentProcess, viewer: Viewer, input: object) =>
  mutate(
    process,
    viewer,
    'deregisterAgent',
    'DeregisterAgentInput',
    '... on DeregisterAgentSuccess { agentId stoppedExecutions } ... on AgentBusyError { activeExecutions }',
    input,
  );
export const execute = (process: AgentProcess, viewer: Viewer, input: object) =>
  mutate(
    process,
    viewer,
    'executeAgent',
    'ExecuteAgentInput',
    `${FIELDS} ... on ExecuteAgentSuccess { created execution ${SHOWN} } ... on IdempotencyConflictError { id }`,
    input,
  );
export const stop = (process: AgentProcess, viewer: Viewer, input: object) =>
  mutate(
    process,
    viewer,
    'stopAgentExecution',
    'StopAgentExecutionInput',
    `${FIELDS} ... on StopAgentExecutionSuccess { execution ${SHOWN} }`,
    input,
  );

/** Registers an agent that must be accepted, and gives its id. */
export async function registered(process: AgentProcess, viewer: Viewer, input: object): Promise<string> {
  const result = await register(process, viewer, { name: `agent ${Math.random()}`, type: 'Test', ...input });
  if (!result.agent) throw new Error(JSON.stringify(result));
  return result.agent.id;
}

/** Begins an execution that must be accepted. */
export async function executed(
  process: AgentProcess,
  viewer: Viewer,
  agentId: string,
  more: object = {},
): Promise<Shown> {
  const result = await execute(process, viewer, { agentId, ...more });
  if (!result.execution) throw new Error(JSON.stringify(result));
  return result.execution;
}

export async function shown(process: AgentProcess, viewer: Viewer, id: string): Promise<Shown | null> {
  const query = `query Q($id: ID!) { agentExecution(id: $id) ${SHOWN} }`;
  return (await process.ask<{ agentExecution: Shown | null }>(viewer, query, { id })).agentExecution;
}
