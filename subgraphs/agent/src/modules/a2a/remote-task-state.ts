import type { StreamResponse, Task, TaskStatus } from '@a2a-js/sdk';
import { AgentFailure } from '../executions/kinds/agent-failure.ts';
import type { AgentResult } from '../executions/kinds/agent-runner.ts';
import { Artifacts, textOf, toOutput } from './message-parts.ts';

type Part = Parameters<typeof textOf>[0][number];

// States of the protocol (`TaskState` of the SDK, which is only loaded when it is used).
const STATE = { completed: 3, failed: 4, canceled: 5, inputRequired: 6, rejected: 7, authRequired: 8 } as const;
const GOES_ON: ReadonlySet<number> = new Set([0, 1, 2, -1]);

/** What is known of a task of another agent: collected from its stream, or asked for. */
export class RemoteTaskState {
  taskId: string | null = null;
  private status: TaskStatus | undefined;
  private message: readonly Part[] | null = null;
  private readonly artifacts = new Artifacts();

  constructor(
    /** Gets text of results and of messages about the state, and these alone as lines. */
    private readonly listener: { emit(delta: string): void; log(message: string): void },
  ) {}

  get hasEnded(): boolean {
    return this.message !== null || (this.status !== undefined && !GOES_ON.has(this.status.state));
  }

  /** It waits for somebody, who is not there. */
  get asksForMore(): boolean {
    const state = this.status?.state;
    return state === STATE.inputRequired || state === STATE.authRequired;
  }

  take({ payload }: StreamResponse): void {
    switch (payload?.$case) {
      case 'task':
        return this.takeTask(payload.value);
      case 'message':
        this.message = payload.value.parts;
        return;
      case 'statusUpdate':
        this.taskId ??= payload.value.taskId || null;
        this.status = payload.value.status ?? this.status;
        return this.say(this.hasEnded ? [] : (payload.value.status?.message?.parts ?? []), true);
      case 'artifactUpdate': {
        const { artifact, append, taskId } = payload.value;
        this.taskId ??= taskId || null;
        if (!artifact) return;
        if (append) this.artifacts.append(artifact);
        else this.artifacts.set(artifact);
        return this.say(artifact.parts);
      }
      default:
        return;
    }
  }

  takeTask({ id, status, artifacts }: Task): void {
    this.taskId = id || this.taskId;
    this.status = status ?? this.status;
    for (const artifact of artifacts) this.artifacts.set(artifact);
  }

  /** Of a task that has ended. Throws `AgentFailure` when it did not succeed. */
  result(): AgentResult {
    const told = this.status?.message?.parts ?? [];
    const failure = this.message ? null : failureOf(this.status?.state, textOf(told));
    if (failure) throw failure;
    const made = this.message ?? (this.artifacts.parts.length > 0 ? this.artifacts.parts : told);
    const text = textOf(made);
    return { output: toOutput(made, toJson), ...(text && { outputText: text }) };
  }

  private say(parts: readonly Part[], isStatus = false): void {
    const text = textOf(parts);
    if (!text) return;
    this.listener.emit(text);
    if (isStatus) this.listener.log(text);
  }
}

/** A part as the protocol writes it. */
function toJson({ content, filename, mediaType }: Part): unknown {
  const about = { ...(filename && { filename }), ...(mediaType && { mediaType }) };
  switch (content?.$case) {
    case 'text':
      return { text: content.value, ...about };
    case 'data':
      return { data: content.value ?? null, ...about };
    case 'url':
      return { url: content.value, ...about };
    case 'raw':
      return { raw: content.value.toString('base64'), ...about };
    default:
      return about;
  }
}

function failureOf(state: number | undefined, said: string): AgentFailure | null {
  const failed = (code: string, what: string) =>
    new AgentFailure(code, said ? `${what}: ${said}` : `${what}.`, { retryable: false });
  switch (state) {
    case STATE.completed:
      return null;
    case STATE.failed:
      return failed('AGENT_CODE', 'The agent has failed');
    case STATE.canceled:
      return failed('AGENT_CODE', 'The task was cancelled at the agent');
    case STATE.rejected:
      return failed('AGENT_CODE', 'The agent does not do this');
    case STATE.inputRequired:
      return failed('INPUT_REQUIRED', 'The agent asks for more input, which an execution cannot give');
    case STATE.authRequired:
      return failed('AUTH_REQUIRED', 'The agent asks for an authorization that it was not given');
    default:
      return failed('INVALID_OUTPUT', 'The agent has told a state that is none');
  }
}
