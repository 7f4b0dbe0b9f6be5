import type { A2aAgents, A2aTarget } from '../../a2a/a2a-agents.ts';
import type { A2aCalls } from '../../a2a/a2a-calls.ts';
import { toParts } from '../../a2a/message-parts.ts';
import { RemoteTaskState } from '../../a2a/remote-task-state.ts';
import type { RemoteTask, RemoteTaskStore } from '../../a2a/remote-task-store.ts';
import type { TaskPushes } from '../../a2a/task-pushes.ts';
import { whileTold } from '../../a2a/while-told.ts';
import { AgentFailure } from './agent-failure.ts';
import { checkAnswer } from './answer-limits.ts';
import type { AgentResult, AgentRunner, AgentTask, RunControls } from './agent-runner.ts';

/** Between two questions how a task is getting on, where its stream does not tell; doubled up to the most. */
const POLL = { firstMs: 250, mostMs: 5_000 } as const;
/** The most where the agent tells by itself that something has happened: that may be lost. */
const PUSHED_POLL_MS = 60_000;
/** After so long without news a stream is left, where the agent tells by itself. */
const QUIET_MS = 10_000;
/** For cancelling, after the time of the execution is over. */
const CANCEL_MS = 5_000;

interface A2aRunnerParts {
  readonly agents: A2aAgents;
  readonly tasks: RemoteTaskStore;
  readonly pushes: TaskPushes;
}

/** Where an A2A agent’s card is, from what is stored of it. */
export function a2aTargetOf(configuration: unknown, secrets: Readonly<Record<string, unknown>>): A2aTarget {
  const { cardUrl } = configuration as { readonly cardUrl: string };
  return { cardUrl, headers: (secrets['headers'] ?? {}) as Record<string, string> };
}

/**
 * Gives the work to an agent of somebody else as a task, and follows the task to its end. Which task it is, is stored: after
 * a lost connection or a killed process it is followed again rather than begun twice.
 */
export function createA2aRunner({ agents, tasks, pushes }: A2aRunnerParts): AgentRunner {
  async function follow(calls: A2aCalls, task: AgentTask, remote: RemoteTask, { signal, emit, log }: RunControls) {
    const { executionId } = task;
    const state = new RemoteTaskState({ emit, log: (message) => log({ level: 'INFO', message }) });
    let id = remote.taskId ?? (remote.isNew ? null : await calls.find(executionId, remote.number));
    const noted = async () => {
      if (state.taskId === null || state.taskId === id) return;
      id = state.taskId;
      await tasks.noteId(executionId, remote.number, id);
    };
    const push = id === null && (await calls.canPush()) ? await pushes.expect(executionId, remote.number) : null;
    const tells = push !== null || (await pushes.areExpected(executionId));
    const streams = { signal, quietMs: tells ? QUIET_MS : null, mayLeave: () => id !== null };
    if (id === null) {
      const work = { executionId, number: remote.number, parts: toParts(task.input), push };
      for await (const event of whileTold((until) => calls.begin(work, until), streams)) {
        state.take(event);
        await noted();
      }
    } else if (remote.taskId === null) await tasks.noteId(executionId, remote.number, id);
    const mostMs = tells ? PUSHED_POLL_MS : POLL.mostMs;
    for (let waitMs: number = POLL.firstMs; !state.hasEnded; waitMs = Math.min(mostMs, waitMs * 2)) {
      if (id === null) throw new AgentFailure('INVALID_OUTPUT', 'The agent has told no task.', { retryable: false });
      const now = await calls.get(id, signal);
      if (!now) {
        await tasks.ended(executionId, remote.number);
        throw new AgentFailure('AGENT_CODE', 'The agent knows nothing of its task any more.', { retryable: true });
      }
      state.takeTask(now);
      if (state.hasEnded) break;
      const taskId = id;
      for await (const event of whileTold((until) => calls.follow(taskId, until), streams)) state.take(event);
      // Once it has told something, it is left to tell the rest.
      if (!state.hasEnded && (await pushes.wait(executionId, waitMs, signal))) waitMs = mostMs;
    }
    return state;
  }

  /** The far end is told to stop, unless another process or attempt goes on with the task. */
  async function abandon(calls: A2aCalls, executionId: string, { number }: RemoteTask, timeIsUp: boolean) {
    if (!timeIsUp && !(await tasks.isOver(executionId))) return;
    const id = (await tasks.idOf(executionId, number)) ?? (await calls.find(executionId, number));
    if (id !== null) await calls.cancel(id);
    await tasks.ended(executionId, number);
  }

  const isCancelled = (calls: A2aCalls, id: string): Promise<boolean> =>
    calls.cancel(id).then(
      () => true,
      () => false,
    );

  return {
    kind: 'A2A',
    async run(task, controls): Promise<AgentResult> {
      const { executionId, timeoutMs } = task;
      const begunAt = performance.now();
      const target = a2aTargetOf(task.configuration, task.secrets);
      const calls = await agents.connect(target, { deadlineMs: timeoutMs + CANCEL_MS, signal: controls.signal });
      const remote = await tasks.begin(executionId);
      try {
        const state = await follow(calls, task, remote, controls);
        // Whether it lets itself be cancelled does not change what it asks. If not now, the rounds for tasks that were left try it.
        const isOver = !state.asksForMore || (await isCancelled(calls, state.taskId ?? ''));
        if (isOver) await tasks.ended(executionId, remote.number);
        const result = state.result();
        checkAnswer(result.output);
        return result;
      } catch (error) {
        if (controls.signal.aborted) {
          const timeIsUp = performance.now() - begunAt >= timeoutMs;
          // What could not be cancelled is cancelled by the rounds for tasks that were left.
          await abandon(calls, executionId, remote, timeIsUp).catch(() => undefined);
        }
        throw error;
      }
    },
  };
}
