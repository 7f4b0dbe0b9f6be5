/** What an execution of an agent, or of a workflow, is, as far as A2A shows it. */
export interface A2aExecution {
  readonly id: string;
  /** Left out where a workflow is executed, which the next names. */
  readonly agentId?: string;
  readonly ofWorkflowId?: string;
  readonly status: 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'STOPPED';
  readonly input: unknown;
  readonly output: unknown;
  /** What a streaming agent has said so far. */
  readonly outputText: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly stopReason: string | null;
  readonly conversationId: string | null;
  readonly queuedAt: Date | string;
  readonly startedAt: Date | string | null;
  readonly completedAt: Date | string | null;
}

type Json = Record<string, unknown>;

/** The one artifact of a task. */
export const A2A_OUTPUT = 'output';

const STATES = {
  QUEUED: 'TASK_STATE_SUBMITTED',
  RUNNING: 'TASK_STATE_WORKING',
  COMPLETED: 'TASK_STATE_COMPLETED',
  FAILED: 'TASK_STATE_FAILED',
  STOPPED: 'TASK_STATE_CANCELED',
} as const;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text, or an object with nothing but `text`, is a text; all else is data. */
export function toA2aParts(value: unknown): Json[] {
  if (typeof value === 'string') return [{ text: value, mediaType: 'text/plain' }];
  if (isObject(value) && typeof value['text'] === 'string' && Object.keys(value).length === 1) {
    return toA2aParts(value['text']);
  }
  return [{ data: value ?? null, mediaType: 'application/json' }];
}

const contextOf = ({ id, conversationId }: A2aExecution): string => conversationId ?? id;

/** Why it has failed or was stopped. */
function reasonOf({ status, error, stopReason }: A2aExecution): string | null {
  if (status === 'FAILED') return error ? `${error.code}: ${error.message}` : 'The agent failed.';
  return status === 'STOPPED' ? stopReason : null;
}

const iso = (time: Date | string): string => new Date(time).toISOString();

/** The status of the task, as JSON of A2A 1.0. */
export function toA2aStatus(execution: A2aExecution): Json {
  const { id, status, queuedAt, startedAt, completedAt } = execution;
  const reason = reasonOf(execution);
  const message = { messageId: `${id}-${status}`, role: 'ROLE_AGENT', taskId: id, contextId: contextOf(execution) };
  return {
    state: STATES[status],
    timestamp: iso(completedAt ?? (status === 'QUEUED' ? queuedAt : (startedAt ?? queuedAt))),
    ...(reason !== null && { message: { ...message, parts: toA2aParts(reason) } }),
  };
}

function artifactsOf({ status, output, outputText }: A2aExecution): Json[] {
  const artifact = (value: unknown) => [{ artifactId: A2A_OUTPUT, name: A2A_OUTPUT, parts: toA2aParts(value) }];
  if (status === 'COMPLETED') return artifact(output);
  return outputText === null || outputText === '' ? [] : artifact(outputText);
}

/**
 * The execution as a task, as JSON of A2A 1.0: its input is the only message, its output the only artifact, before its end the text
 * produced so far. `historyLength`: how many messages are wanted.
 */
export function toA2aTask(execution: A2aExecution, historyLength = 1): Json {
  const { id, agentId, ofWorkflowId, input } = execution;
  const contextId = contextOf(execution);
  const asked = { messageId: `${id}-input`, role: 'ROLE_USER', taskId: id, contextId, parts: toA2aParts(input) };
  return {
    id,
    contextId,
    status: toA2aStatus(execution),
    artifacts: artifactsOf(execution),
    history: historyLength > 0 ? [asked] : [],
    metadata: ofWorkflowId === undefined ? { agentId } : { workflowId: ofWorkflowId },
  };
}
