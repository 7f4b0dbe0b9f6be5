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
const FIELDS = '... on InvalidInputError { fields { path message } }';

const mutation = (name: string, selection: string) => (process: AgentProcess, viewer: Viewer, input: object) =>
  process.mutate<Result>(viewer, name, input, selection);

export const register = mutation(
  'registerAgent',
  `${FIELDS} ... on RegisterAgentSuccess { agent { id version } } ... on AgentNameTakenError { agentId }`,
);
export const update = mutation('updateAgent', `${FIELDS} ... on UpdateAgentSuccess { agent { id version } }`);
export const deregister = mutation(
  'deregisterAgent',
  '... on DeregisterAgentSuccess { agentId stoppedExecutions } ... on AgentBusyError { activeExecutions }',
);
export const execute = mutation(
  'executeAgent',
  `${FIELDS} ... on ExecuteAgentSuccess { created execution ${SHOWN} } ... on IdempotencyConflictError { id }`,
);
export const stop = mutation('stopAgentExecution', `${FIELDS} ... on StopAgentExecutionSuccess { execution ${SHOWN} }`);

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
