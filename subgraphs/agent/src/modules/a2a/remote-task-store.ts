import type { Pool } from 'pg';
import { AgentFailure } from '../executions/kinds/agent-failure.ts';
import { storableText } from '@flowmesh/platform/validation';

/** The task that another agent is to do for an execution. */
export interface RemoteTask {
  /** Of the tasks begun for the execution, from 1. */
  readonly number: number;
  /** Null: it may have been begun, and nobody knows its id. */
  readonly taskId: string | null;
  /** Whether nothing can have been sent for it yet. */
  readonly isNew: boolean;
}

/** A task that goes on although its execution has ended. */
export interface LeftTask {
  readonly executionId: string;
  readonly number: number;
  readonly taskId: string | null;
  readonly agentId: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly sealedSecrets: string | null;
}

/** After so many attempts a task is given up: its agent is gone, or does not cancel. */
const MAX_CANCEL_ATTEMPTS = 5;

/** Which task belongs to which execution: written before and after each is begun, so that none is begun twice. */
export class RemoteTaskStore {
  constructor(private readonly pool: Pool) {}

  /** The task in progress, or a new one when there is none. To be called before anything is sent. */
  async begin(executionId: string): Promise<RemoteTask> {
    const { rows } = await this.pool.query<{ number: number }>(
      `insert into agent_remote_tasks as t (execution_id) values ($1)
       on conflict (execution_id) do update
         set number = t.number + 1, task_id = null, push_hash = null, pushed_at = null, ended_at = null, cancel_attempts = 0, begun_at = now()
         where t.ended_at is not null
       returning number`,
      [executionId],
    );
    if (rows[0]) return { number: rows[0].number, taskId: null, isNew: true };
    const known = await this.pool.query<{ number: number; taskId: string | null }>(
      'select number, task_id as "taskId" from agent_remote_tasks where execution_id = $1',
      [executionId],
    );
    if (!known.rows[0]) throw new Error(`The remote task of execution ${executionId} is gone.`);
    return { ...known.rows[0], isNew: false };
  }

  /** The other agent has told the id of its task. Throws `AgentFailure` for one that would be another when it is stored. */
  async noteId(executionId: string, number: number, taskId: string): Promise<void> {
    if (storableText(taskId) !== taskId) {
      throw new AgentFailure('INVALID_OUTPUT', 'The agent has told an id of its task that cannot be stored.', {
        retryable: false,
      });
    }
    await this.pool.query(
      'update agent_remote_tasks set task_id = $3 where execution_id = $1 and number = $2 and task_id is null',
      [executionId, number, taskId],
    );
  }

  /** The id of the task, if it is known. */
  async idOf(executionId: string, number: number): Promise<string | null> {
    const { rows } = await this.pool.query<{ taskId: string | null }>(
      'select task_id as "taskId" from agent_remote_tasks where execution_id = $1 and number = $2',
      [executionId, number],
    );
    return rows[0]?.taskId ?? null;
  }

  /** The task has ended there, or is not there any more. */
  async ended(executionId: string, number: number): Promise<void> {
    await this.pool.query(
      'update agent_remote_tasks set ended_at = now() where execution_id = $1 and number = $2 and ended_at is null',
      [executionId, number],
    );
  }

  /** Whether the execution has ended, so that nobody wants the task any more. */
  async isOver(executionId: string): Promise<boolean> {
    const { rows } = await this.pool.query(
      `select 1 from agent_executions where id = $1 and status not in ('QUEUED', 'RUNNING')`,
      [executionId],
    );
    return rows.length > 0;
  }

  /** Tasks to be cancelled, the oldest first; counts an attempt for each. */
  async takeLeft(limit: number): Promise<LeftTask[]> {
    const { rows } = await this.pool.query<LeftTask>(
      `with left_over as (
         select t.execution_id, e.agent_id from agent_remote_tasks t join agent_executions e on e.id = t.execution_id
         where t.ended_at is null and e.status not in ('QUEUED', 'RUNNING')
         order by t.begun_at limit $1 for update of t skip locked
       )
       update agent_remote_tasks t set cancel_attempts = t.cancel_attempts + 1,
         ended_at = case when t.cancel_attempts + 1 >= ${MAX_CANCEL_ATTEMPTS} then now() end
       from left_over l join agents a on a.id = l.agent_id where t.execution_id = l.execution_id
       returning t.execution_id as "executionId", t.number, t.task_id as "taskId", a.id as "agentId", a.configuration,
         a.sealed_secrets as "sealedSecrets"`,
      [limit],
    );
    return rows;
  }
}
