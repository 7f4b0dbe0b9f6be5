import type { SendMessageResult, StreamResponse, Task } from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import { AgentFailure } from '../executions/kinds/agent-failure.ts';
import { a2aFailure } from './a2a-failure.ts';
import type { MessagePart } from './message-parts.ts';
import type { PushTarget } from './task-pushes.ts';

type Sdk = typeof import('@a2a-js/sdk');

/** What the other agent is told to do. */
export interface A2aWork {
  readonly executionId: string;
  /** Of the task, see `RemoteTaskStore`. */
  readonly number: number;
  readonly parts: readonly MessagePart[];
  /** Where it may tell that something has happened to the task. */
  readonly push: PushTarget | null;
}

/** The same for each attempt at the same task, so that it can be found, and a repeated message told. */
const nameOf = (executionId: string, number: number): string =>
  number === 1 ? executionId : `${executionId}.${number}`;

/** Requests to one agent. All throw `AgentFailure`. */
export class A2aCalls {
  constructor(
    private readonly client: Client,
    private readonly sdk: Sdk,
  ) {}

  /** Whether it tells by itself when something has happened to a task. */
  async canPush(): Promise<boolean> {
    try {
      return (await this.client.getAgentCard()).capabilities?.pushNotifications === true;
    } catch (error) {
      throw a2aFailure(error);
    }
  }

  /** What happens to a new task, or the message that is the whole answer. */
  async *begin({ executionId, number, parts, push }: A2aWork, signal: AbortSignal): AsyncGenerator<StreamResponse> {
    const name = nameOf(executionId, number);
    const request = this.sdk.SendMessageRequest.fromJSON({
      message: { messageId: name, contextId: name, role: 'ROLE_USER', parts },
      configuration: { returnImmediately: true, ...(push && { taskPushNotificationConfig: { id: name, ...push } }) },
    });
    try {
      const { capabilities } = await this.client.getAgentCard();
      if (capabilities?.streaming) yield* this.client.sendMessageStream(request, { signal });
      else yield toEvent(await this.client.sendMessage(request, { signal }));
    } catch (error) {
      throw a2aFailure(error);
    }
  }

  /** What goes on happening to a task; null when the agent does not tell that. */
  async *follow(id: string, signal: AbortSignal): AsyncGenerator<StreamResponse> {
    const { capabilities } = await this.client.getAgentCard();
    if (!capabilities?.streaming) return;
    try {
      yield* this.client.resubscribeTask(this.sdk.SubscribeToTaskRequest.fromJSON({ id }), { signal });
    } catch (error) {
      const failure = a2aFailure(error);
      // It has ended meanwhile, or its agent has restarted: how it is now is asked for.
      if (failure.code !== 'AGENT_CODE') throw failure;
    }
  }

  /** Null when the agent knows nothing of it any more. */
  async get(id: string, signal?: AbortSignal): Promise<Task | null> {
    try {
      return await this.client.getTask(this.sdk.GetTaskRequest.fromJSON({ id }), { ...(signal && { signal }) });
    } catch (error) {
      if (reasonOf(error) === 'TASK_NOT_FOUND') return null;
      throw a2aFailure(error);
    }
  }

  /** The id of a task that was begun, though its id was never told here; null as well when the agent has no lists. */
  async find(executionId: string, number: number): Promise<string | null> {
    try {
      const contextId = nameOf(executionId, number);
      const { tasks } = await this.client.listTasks(this.sdk.ListTasksRequest.fromJSON({ contextId, pageSize: 1 }));
      return tasks.find((task) => task.contextId === contextId)?.id ?? null;
    } catch (error) {
      const failure = a2aFailure(error);
      if (failure.options.retryable) throw failure;
      return null;
    }
  }

  /** Done also when it has ended before. */
  async cancel(id: string): Promise<void> {
    try {
      await this.client.cancelTask(this.sdk.CancelTaskRequest.fromJSON({ id }));
    } catch (error) {
      if (['TASK_NOT_FOUND', 'TASK_NOT_CANCELABLE'].includes(reasonOf(error))) return;
      throw a2aFailure(error);
    }
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'reason' in error && !(error instanceof AgentFailure) ? String(error.reason) : '';

/** An answer that is no stream, as a stream of one. */
const toEvent = (result: SendMessageResult): StreamResponse =>
  'messageId' in result
    ? { payload: { $case: 'message', value: result } }
    : { payload: { $case: 'task', value: result } };
