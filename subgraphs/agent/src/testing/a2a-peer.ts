import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentCard, Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from '@a2a-js/sdk';
import {
  AgentEvent,
  DefaultRequestHandler,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  ServerCallContext,
  type AgentExecutor,
  type ExecutionEventBus,
  type RequestContext,
} from '@a2a-js/sdk/server';

/** An agent of the official A2A SDK, in this process, so that tests see what reaches it. What it does is what it is told. */
export class A2aPeer {
  /** Messages that began a task, by their ids. */
  readonly messages: string[] = [];
  readonly cancelled: string[] = [];
  /** Methods that were called. */
  readonly methods: string[] = [];
  /** Tokens of push notifications that it was given with messages. */
  readonly tokens: string[] = [];
  readonly authorization: (string | undefined)[] = [];
  /** Instead of A2A: what it answers. */
  instead: { readonly status: number; readonly body: string } | null = null;
  /** Methods that it does not have. */
  readonly unknown = new Set<string>();
  /** The id that it tells of new tasks, instead of theirs. */
  taskId: string | null = null;
  /** Answers to these methods are never sent. */
  readonly swallowed = new Set<string>();
  private release: (() => void)[] = [];
  private handler: JsonRpcTransportHandler | undefined;

  private constructor(
    private readonly server: Server,
    private readonly capabilities: { readonly streaming: boolean; readonly pushNotifications: boolean },
  ) {}

  static async start({ streaming = true, pushNotifications = false } = {}): Promise<A2aPeer> {
    const server = createServer();
    const peer = new A2aPeer(server, { streaming, pushNotifications });
    server.on('request', (request, response) => void peer.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    peer.handler = new JsonRpcTransportHandler(
      new DefaultRequestHandler(peer.card(), new InMemoryTaskStore(), peer.executor()),
    );
    return peer;
  }

  get cardUrl(): string {
    return `${this.origin}/.well-known/agent-card.json`;
  }

  /** Lets tasks that wait go on. */
  goOn(): void {
    for (const each of this.release.splice(0)) each();
  }

  /** Breaks all connections; the tasks go on. */
  disconnect(): void {
    this.server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.goOn();
    this.disconnect();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private card(): AgentCard {
    return AgentCard.fromJSON({
      name: 'Peer',
      description: 'Does what it is told.',
      version: '1.0.0',
      supportedInterfaces: [{ url: `${this.origin}/a2a`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
      capabilities: this.capabilities,
      defaultInputModes: ['text/plain'],
      defaultOutputModes: ['text/plain'],
      skills: [],
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.authorization.push(request.headers.authorization);
    if (this.instead) return void response.writeHead(this.instead.status).end(this.instead.body);
    const send = (value: unknown) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.method === 'GET') return void send(AgentCard.toJSON(this.card()));
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method, id, params } = JSON.parse(body) as A2aCall;
    this.methods.push(method);
    const { token } = params?.configuration?.taskPushNotificationConfig ?? {};
    if (token) this.tokens.push(token);
    if (this.unknown.has(method)) {
      return void send({ jsonrpc: '2.0', id, error: { code: -32_601, message: 'Method not found' } });
    }
    const answer = await this.handler?.handle(body, new ServerCallContext({ requestedVersion: '1.0' }));
    if (!answer) throw new Error('The peer has not started.');
    const isTold = !this.swallowed.has(method);
    if (!(Symbol.asyncIterator in answer)) return void (isTold && send(answer));
    if (isTold) response.writeHead(200, { 'content-type': 'text/event-stream' });
    try {
      for await (const event of answer) if (isTold) response.write(`data: ${this.told(event)}\n\n`);
    } catch (error) {
      const told = { jsonrpc: '2.0', id: null, error: JsonRpcTransportHandler.mapToJSONRPCError(error) };
      if (isTold) response.write(`event: error\ndata: ${JSON.stringify(told)}\n\n`);
    }
    if (isTold) response.end();
  }

  /** An event as it is sent. */
  private told(event: unknown): string {
    const { taskId } = this;
    const text = JSON.stringify(event, (key, value: unknown) =>
      taskId !== null && (key === 'id' || key === 'taskId') && typeof value === 'string' ? taskId : value,
    );
    return text.replace(JSON.stringify(DEEP), '['.repeat(3_000) + ']'.repeat(3_000));
  }

  private executor(): AgentExecutor {
    return {
      execute: async (context, bus) => {
        this.messages.push(context.userMessage.messageId);
        await this.work(context, bus);
      },
      cancelTask: async (taskId, bus) => {
        this.cancelled.push(taskId);
        bus.publish(AgentEvent.statusUpdate(statusOf(taskId, '', 'TASK_STATE_CANCELED')));
        this.goOn();
      },
    };
  }

  /** The text says what: `wait`, `tell` (its state, first), `fail`, `reject`, `ask`, `say` (no task), `deep` (no task either); anything else is repeated in two pieces. */
  private async work({ taskId, contextId, userMessage }: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const [part] = userMessage.parts;
    const text = part?.content?.$case === 'text' ? part.content.value : JSON.stringify(part?.content?.value);
    const update = (state: string, said?: string) =>
      bus.publish(AgentEvent.statusUpdate(statusOf(taskId, contextId, state, said)));
    if (text === 'deep') {
      bus.publish(AgentEvent.message(deepMessage()));
      return bus.finished();
    }
    if (text === 'say') {
      bus.publish(AgentEvent.message(messageOf('Nothing to do.')));
      return bus.finished();
    }
    bus.publish(AgentEvent.task(Task.fromJSON({ id: taskId, contextId, status: { state: 'TASK_STATE_WORKING' } })));
    if (text === 'tell') update('TASK_STATE_WORKING', 'I begin.');
    if (text === 'wait') {
      update('TASK_STATE_WORKING', 'I wait. ');
      await new Promise<void>((resolve) => this.release.push(resolve));
      if (this.cancelled.includes(taskId)) return bus.finished();
    }
    const ends: Readonly<Record<string, string>> = {
      fail: 'TASK_STATE_FAILED',
      reject: 'TASK_STATE_REJECTED',
      ask: 'TASK_STATE_INPUT_REQUIRED',
    };
    const end = ends[text];
    if (end) update(end, 'Which one?');
    else {
      for (const [append, piece] of [text.slice(0, 3), text.slice(3)].entries()) {
        bus.publish(
          AgentEvent.artifactUpdate(
            TaskArtifactUpdateEvent.fromJSON({
              taskId,
              contextId,
              artifact: { artifactId: 'one', parts: [{ text: piece }] },
              append: append > 0,
              lastChunk: append > 0,
            }),
          ),
        );
      }
      update('TASK_STATE_COMPLETED');
    }
    bus.finished();
  }
}

interface A2aCall {
  readonly method: string;
  readonly id: unknown;
  readonly params?: { readonly configuration?: { readonly taskPushNotificationConfig?: { readonly token?: string } } };
}

const messageOf = (text: string) =>
  Message.fromJSON({ messageId: crypto.randomUUID(), role: 'ROLE_AGENT', parts: [{ text }] });

/** In the place of deep data, which the SDK could not write. */
const DEEP = 'nested 3,000 deep';
const deepMessage = () =>
  Message.fromJSON({ messageId: crypto.randomUUID(), role: 'ROLE_AGENT', parts: [{ data: DEEP }] });

const statusOf = (taskId: string, contextId: string, state: string, said?: string) =>
  TaskStatusUpdateEvent.fromJSON({
    taskId,
    contextId,
    status: { state, ...(said && { message: Message.toJSON(messageOf(said)) }) },
  });
