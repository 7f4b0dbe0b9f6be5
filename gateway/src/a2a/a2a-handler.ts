import {
  AgentCard,
  Task,
  TaskPushNotificationConfig,
  type CancelTaskRequest,
  type DeleteTaskPushNotificationConfigRequest,
  type GetTaskPushNotificationConfigRequest,
  type GetTaskRequest,
  type ListTaskPushNotificationConfigsRequest,
  type ListTasksRequest,
  type ListTasksResponse,
  type SendMessageRequest,
  type StreamResponse,
  type SubscribeToTaskRequest,
} from '@a2a-js/sdk';
import {
  PushNotificationNotSupportedError,
  RequestMalformedError,
  TaskNotFoundError,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import type { A2ARequestHandler, ServerCallContext } from '@a2a-js/sdk/server';
import { toA2aTask, type A2aExecution } from '@flowmesh/platform/a2a';
import { agentCard, productCard } from './a2a-cards.ts';
import type { A2aGraph } from './a2a-graph.ts';
import { historyLengthOf, inputOf, newTaskMessage, skillIdOf } from './a2a-messages.ts';
import { listRequest } from './a2a-lists.ts';
import type { ShownPush } from './a2a-operations.ts';
import { taskStream } from './a2a-stream.ts';
import { workflowStart } from './a2a-workflows.ts';

/** Most agents, and most workflows, that the extended card names. */
const MAX_SKILLS = 100;
const WAIT_SECONDS = 300;
/** Of the push that comes with a message. */
const DEFAULT_KEY = 'default';

export interface A2aHandlerParts {
  readonly graph: A2aGraph;
  readonly publicUrl: string;
  /** Null at the address of the product. */
  readonly agentId: string | null;
  /** How long a client that waits for the end gets no answer; the task goes on. */
  readonly waitSeconds?: number;
}

type PushConfig = TaskPushNotificationConfig;

/** The requests of A2A, as operations of the graph. What the graph refuses is thrown as it is. */
export class A2aHandler implements A2ARequestHandler {
  private readonly waitSeconds: number;

  constructor(private readonly parts: A2aHandlerParts) {
    this.waitSeconds = parts.waitSeconds ?? WAIT_SECONDS;
  }

  getAgentCard(): Promise<AgentCard> {
    return Promise.resolve(AgentCard.fromJSON(productCard(this.parts.publicUrl, [], [])));
  }

  /** Of the agent at its address; elsewhere of the product, with the agents that the caller sees. */
  async getAuthenticatedExtendedAgentCard(): Promise<AgentCard> {
    const { graph, publicUrl, agentId } = this.parts;
    if (agentId === null) {
      const [agents, workflows] = await Promise.all([graph.agents(MAX_SKILLS), graph.workflows(MAX_SKILLS)]);
      return AgentCard.fromJSON(productCard(publicUrl, agents, workflows));
    }
    const agent = await graph.agent(agentId);
    if (!agent) throw noAgent(agentId);
    return AgentCard.fromJSON(agentCard(publicUrl, agent));
  }

  async sendMessage(request: SendMessageRequest, context: ServerCallContext): Promise<Task> {
    const historyLength = historyLengthOf(request.configuration?.historyLength);
    const waits = request.configuration?.returnImmediately !== true;
    const execution = await this.begin(request, context, waits);
    return Task.fromJSON(toA2aTask(execution, historyLength));
  }

  async *sendMessageStream(request: SendMessageRequest, context: ServerCallContext): AsyncGenerator<StreamResponse> {
    yield* taskStream(this.updatesOf(await this.begin(request, context, false)));
  }

  async getTask({ id, historyLength }: GetTaskRequest): Promise<Task> {
    const wanted = historyLengthOf(historyLength);
    return Task.fromJSON(toA2aTask(await this.execution(id), wanted));
  }

  async cancelTask({ id }: CancelTaskRequest): Promise<Task> {
    const { graph } = this.parts;
    const isWorkflow = (await this.execution(id)).ofWorkflowId !== undefined;
    return Task.fromJSON(toA2aTask(await (isWorkflow ? graph.cancelWorkflow(id) : graph.cancel(id))));
  }

  async *resubscribe({ id }: SubscribeToTaskRequest): AsyncGenerator<StreamResponse> {
    const execution = await this.execution(id);
    const { status } = execution;
    if (status !== 'QUEUED' && status !== 'RUNNING') {
      throw new UnsupportedOperationError('The task has ended; get it instead.');
    }
    yield* taskStream(this.updatesOf(execution));
  }

  async listTasks(request: ListTasksRequest): Promise<ListTasksResponse> {
    const { variables, pageSize } = listRequest(request, this.parts.agentId);
    const { nodes, totalCount, pageInfo } = await this.parts.graph.executions(variables);
    const tasks = nodes.map((execution) => {
      const task = Task.fromJSON(toA2aTask(execution, historyLengthOf(request.historyLength)));
      return request.includeArtifacts ? task : { ...task, artifacts: [] };
    });
    const nextPageToken = pageInfo.hasNextPage ? (pageInfo.endCursor ?? '') : '';
    return { tasks, nextPageToken, pageSize, totalSize: totalCount };
  }

  async createTaskPushNotificationConfig(config: PushConfig, context: ServerCallContext): Promise<PushConfig> {
    const { ofWorkflowId } = await this.execution(config.taskId);
    if (ofWorkflowId !== undefined) throw noPushes();
    return this.setPush(config.taskId, config, context);
  }

  async getTaskPushNotificationConfig({ taskId, id }: GetTaskPushNotificationConfigRequest): Promise<PushConfig> {
    const pushes = await this.pushesOf(taskId);
    const found = id === '' ? pushes[0] : pushes.find(({ key }) => key === id);
    if (!found) throw new TaskNotFoundError('The task has no push notification of this id.');
    return toConfig(taskId, found);
  }

  async listTaskPushNotificationConfigs({ taskId }: ListTaskPushNotificationConfigsRequest) {
    return { configs: (await this.pushesOf(taskId)).map((push) => toConfig(taskId, push)), nextPageToken: '' };
  }

  /** Done also when there is none. */
  async deleteTaskPushNotificationConfig({ taskId, id }: DeleteTaskPushNotificationConfigRequest): Promise<void> {
    const pushes = await this.pushesOf(taskId);
    if (pushes.some(({ key }) => key === id)) await this.parts.graph.deletePush(taskId, id);
  }

  /** Gives the work to the agent, once for each `messageId`. */
  private async begin(request: SendMessageRequest, context: ServerCallContext, wait: boolean): Promise<A2aExecution> {
    const { message, messageId, contextId } = newTaskMessage(request);
    if (message.taskId) {
      await this.execution(message.taskId);
      throw new UnsupportedOperationError('A task takes no further messages; begin another one in its context.');
    }
    const push = request.configuration?.taskPushNotificationConfig;
    const skillId = this.parts.agentId ?? skillIdOf(request);
    const idempotencyKey = `a2a:${contextId.length}:${contextId}:${messageId}`;
    const input = inputOf(message);
    if (this.parts.agentId === null && (await this.parts.graph.isWorkflow(skillId))) {
      if (push) throw noPushes();
      const started = await this.parts.graph.startWorkflow(
        workflowStart(skillId, { input, idempotencyKey, contextId }),
      );
      return wait ? this.endOf(started) : started;
    }
    const work = {
      agentId: skillId,
      ...{ input, idempotencyKey },
      ...(contextId && { conversationId: contextId }),
    };
    // The push is set before the end is waited for.
    const begun = await this.parts.graph.begin({ ...work, wait: wait && !push, waitTimeoutSeconds: this.waitSeconds });
    if (!push) return begun;
    await this.setPush(begun.id, push, context);
    return wait ? this.parts.graph.begin({ ...work, wait, waitTimeoutSeconds: this.waitSeconds }) : begun;
  }

  private updatesOf({ id, ofWorkflowId }: A2aExecution) {
    const { graph } = this.parts;
    return ofWorkflowId === undefined ? graph.updates(id) : graph.workflowUpdates(id);
  }

  /** Of a workflow; as it is then when it takes longer than clients wait. */
  private async endOf(started: A2aExecution): Promise<A2aExecution> {
    if (hasEnded(started)) return started;
    const { graph } = this.parts;
    // Ends what is followed.
    const timer = setTimeout(() => graph.close(), this.waitSeconds * 1_000);
    let last = started;
    try {
      for await (const { execution } of graph.workflowUpdates(started.id)) {
        last = execution;
        if (hasEnded(last)) break;
      }
    } finally {
      clearTimeout(timer);
    }
    return last;
  }

  private async setPush(taskId: string, config: PushConfig, { requestedVersion }: ServerCallContext) {
    const { scheme, credentials } = config.authentication ?? { scheme: '', credentials: '' };
    const push = await this.parts.graph.setPush({
      executionId: taskId,
      key: config.id || DEFAULT_KEY,
      url: config.url,
      protocol: requestedVersion === '0.3' ? 'A2A_0_3' : 'A2A_1_0',
      ...(config.token && { token: config.token }),
      // Without credentials a scheme only says which one the receiver knows.
      ...(credentials && { authenticationScheme: scheme, credentials }),
    });
    return toConfig(taskId, push);
  }

  private async pushesOf(taskId: string): Promise<readonly ShownPush[]> {
    const found = await this.parts.graph.pushes(taskId);
    if (!found || this.isElsewhere(found.agentId)) throw noTask(taskId);
    return found.pushes;
  }

  private async execution(id: string): Promise<A2aExecution> {
    const { graph, agentId } = this.parts;
    const ofAgent = id ? await graph.execution(id) : null;
    const found = ofAgent ?? (id && agentId === null ? await graph.workflowExecution(id) : null);
    if (!found || this.isElsewhere(found.agentId)) throw noTask(id);
    return found;
  }

  private isElsewhere(agentId: string | undefined): boolean {
    return this.parts.agentId !== null && this.parts.agentId !== agentId;
  }
}

const hasEnded = ({ status }: A2aExecution): boolean => status !== 'QUEUED' && status !== 'RUNNING';

const noPushes = () =>
  new PushNotificationNotSupportedError('Tasks of workflows have no push notifications: stream them, or ask.');
const noAgent = (id: string) =>
  new RequestMalformedError(`There is no agent ${id.slice(0, 100)}, or you may not see it.`);
const noTask = (id: string) =>
  new TaskNotFoundError(`There is no task ${id.slice(0, 100)} here, or you may not see it.`);

/** Without secrets, which are not shown again. */
const toConfig = (taskId: string, { key, url, authenticationScheme }: ShownPush): PushConfig =>
  TaskPushNotificationConfig.fromJSON({
    taskId,
    id: key,
    url,
    ...(authenticationScheme !== null && { authentication: { scheme: authenticationScheme } }),
  });
