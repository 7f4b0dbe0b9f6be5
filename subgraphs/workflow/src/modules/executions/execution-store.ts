import { batchedLookup } from '@flowmesh/platform/batching';
import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction } from '@flowmesh/platform/database';
import type { Pool, PoolClient } from 'pg';
import type { Definitions } from './engine/definitions.ts';
import { groupBy } from './engine/grouping.ts';
import type { StepError, StepStatus } from './engine/execution-state.ts';
import { conditionSql, type ExecutionQuery } from './execution-query.ts';
import { ASIDE_BYTES } from './result-size.ts';
import type {
  ContextVersionKey,
  ExecutionProgress,
  ExecutionRecord,
  ServiceWait,
  StepExecutionRecord,
} from './execution-record.ts';

/** What is stored aside is read by `LargeResults`. */
const small = (row: 'e' | 's') =>
  `case when ${row}.result_bytes > ${ASIDE_BYTES} then null else ${row}.result end as result, ${row}.result_bytes as "resultBytes"`;

const COLUMNS = `
  e.id, e.workflow_id as "workflowId", e.workflow_version as "workflowVersion", e.owner_id as "ownerId",
  e.started_by_id as "startedById", e.context_id as "contextId", e.status::text,
  e.compensation_status as "compensationStatus", e.input, ${small('e')}, e.error, e.idempotency_key as "idempotencyKey",
  e.request_digest as "requestDigest",
  e.metadata, e.request_id as "requestId", e.created_at as "createdAt", e.started_at as "startedAt",
  e.completed_at as "completedAt",
  e.parent_execution_id as "parentId", e.parent_step_id as "parentStepId", case when e.item_index >= 0 then e.item_index end as "itemIndex", e.scope,
  case when e.status = 'PAUSED' then e.held_since end as "heldSince", e.event_seq as "eventSeq",
  coalesce(e.start_gate = 'QUEUED' and e.status in ('PENDING', 'PAUSED'), false) as "isQueued",
  (array['LOW', 'NORMAL', 'HIGH'])[e.priority + 1] as priority`;

interface StepRow {
  readonly executionId: string;
  readonly workflowId: string;
  readonly workflowVersion: number;
  readonly scope: string | null;
  readonly stepId: string;
  readonly generation: number;
  readonly childrenTotal: number | null;
  readonly childrenCompleted: number;
  readonly childrenFailed: number;
  readonly status: StepStatus;
  readonly attempts: number;
  readonly result: unknown;
  readonly resultBytes: number | null;
  readonly error: StepError | null;
  readonly agentExecutionId: string | null;
  readonly contextId: string | null;
  readonly contextVersion: number | null;
  readonly contextWritten: number | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly wakeAt: Date | null;
  readonly waitingFor: string | null;
  readonly waitingSince: Date | null;
  readonly waitingReason: string | null;
  readonly faults: number;
  readonly agentUnheardSince: Date | null;
}

/** Reads executions; they are written by the engine only. */
export class ExecutionStore {
  readonly list: SqlList<ExecutionRecord, ExecutionQuery, 'createdAt' | 'completedAt' | 'itemIndex'>;

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Definitions,
  ) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: 'workflow_executions e',
      where: conditionSql,
      orderColumns: { createdAt: 'e.created_at', completedAt: 'e.completed_at', itemIndex: 'e.item_index' },
      idColumn: 'e.id',
      parent: { column: 'e.workflow_id', field: 'workflowId' },
    });
  }

  /** Without its steps. */
  readonly find = batchedLookup((ids) => this.findMany(ids));

  async findMany(ids: readonly string[], client: Pool | PoolClient = this.pool): Promise<ExecutionRecord[]> {
    const { rows } = await client.query<ExecutionRecord>({
      name: 'executions-by-id',
      text: `select ${COLUMNS} from workflow_executions e where e.id = any($1::text[])`,
      values: [ids],
    });
    return rows;
  }

  /** The execution and its steps, of the same moment. */
  findWithSteps(id: string): Promise<ExecutionRecord | null> {
    const read = async (client: PoolClient) => {
      const [execution] = await this.findMany([id], client);
      if (!execution) return null;
      return { ...execution, steps: (await this.stepsOf([id], client)).get(id) ?? [] };
    };
    return inTransaction(this.pool, read, { isolation: 'repeatable read' });
  }

  /** Whether executions that are a part of this one have not ended yet. */
  async hasOpenParts(id: string): Promise<boolean> {
    const { rows } = await this.pool.query<{ open: boolean }>(
      `select exists (select 1 from workflow_executions where root_execution_id = $1
         and status in ('PENDING', 'RUNNING', 'PAUSED', 'WAITING')) as open`,
      [id],
    );
    return rows[0]?.open ?? false;
  }

  async findByKey(workflowId: string, startedById: string, key: string): Promise<ExecutionRecord | null> {
    const { rows } = await this.pool.query<ExecutionRecord>(
      `select ${COLUMNS} from workflow_executions e
       where e.workflow_id = $1 and e.started_by_id = $2 and e.idempotency_key = $3`,
      [workflowId, startedById, key],
    );
    return rows[0] ?? null;
  }

  async progressOf(ids: readonly string[]): Promise<Map<string, ExecutionProgress>> {
    const { rows } = await this.pool.query<ExecutionProgress & { id: string }>(
      `select execution_id as id, count(*)::int as total,
              (count(*) filter (where status in ('COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED')))::int as ended,
              (count(*) filter (where status = 'RUNNING' or (status = 'WAITING' and wake_at is null and step_type not in ('WAIT_FOR_EVENT', 'APPROVAL'))))::int as running
       from workflow_step_executions where execution_id = any($1::text[]) and position >= 0 group by execution_id`,
      [ids],
    );
    return new Map(rows.map(({ id, ...progress }) => [id, progress]));
  }

  /** By execution, in the order of the definition. */
  async stepsOf(
    executionIds: readonly string[],
    client: Pool | PoolClient = this.pool,
  ): Promise<Map<string, StepExecutionRecord[]>> {
    const { rows } = await client.query<StepRow>({
      name: 'steps-by-execution',
      text: `select s.execution_id as "executionId", e.workflow_id as "workflowId",
                    e.workflow_version as "workflowVersion", e.scope, s.step_id as "stepId", s.generation,
                    s.children_total as "childrenTotal", s.children_completed as "childrenCompleted",
                    s.children_failed as "childrenFailed", s.status::text, s.attempts, ${small('s')},
                    s.error, s.agent_execution_id as "agentExecutionId", e.context_id as "contextId",
                    s.context_version as "contextVersion", s.context_written as "contextWritten", s.started_at as "startedAt",
                    s.completed_at as "completedAt", s.wake_at as "wakeAt", s.waiting_for as "waitingFor",
                    s.waiting_since as "waitingSince", s.waiting_reason as "waitingReason", s.faults, s.agent_unheard_since as "agentUnheardSince"
             from workflow_step_executions s join workflow_executions e on e.id = s.execution_id
             where s.execution_id = any($1::text[]) order by s.position`,
      values: [executionIds],
    });
    const found = new Map<string, StepExecutionRecord[]>();
    for (const [id, steps] of groupBy(rows, (row) => row.executionId)) {
      const [first] = steps;
      if (!first) continue;
      const definition = await this.definitions.of(first, client);
      found.set(
        id,
        steps.flatMap((row) => {
          const step = definition.byId.get(row.stepId);
          return step ? [toStep(row, step)] : [];
        }),
      );
    }
    return found;
  }
}

function toStep(
  row: StepRow,
  step: Pick<StepExecutionRecord, 'id' | 'name' | 'stepType' | 'agentId' | 'dependencies'>,
): StepExecutionRecord {
  const { id, name, stepType, agentId, dependencies } = step;
  const { status, attempts, error, agentExecutionId, startedAt, completedAt, wakeAt } = row;
  // One that is still to be written into the context is none yet.
  const [result, resultBytes] = status === 'COMPLETED' ? [row.result, row.resultBytes] : [null, null];
  return {
    ...{ id, name, stepType, agentId, dependencies },
    executionId: row.executionId,
    generation: row.generation,
    childCounts:
      row.childrenTotal === null
        ? null
        : { total: row.childrenTotal, completed: row.childrenCompleted, failed: row.childrenFailed },
    ...{ status, attempts, result, resultBytes, error, agentExecutionId, startedAt, completedAt, wakeAt },
    contextRead: versionOf(row.contextId, row.contextVersion),
    contextWritten: versionOf(row.contextId, row.contextWritten),
    waitingFor: toWait(row),
  };
}

const versionOf = (contextId: string | null, version: number | null): ContextVersionKey | null =>
  contextId === null || version === null ? null : { contextId, version };

function toWait(row: StepRow): ServiceWait | null {
  const { status, waitingFor, waitingSince, waitingReason, faults, agentUnheardSince } = row;
  if (waitingFor !== null && waitingSince) {
    const message = waitingReason ?? whyItWaits(status, waitingFor, faults);
    return { service: waitingFor, since: waitingSince, message };
  }
  if (status !== 'WAITING' || !agentUnheardSince) return null;
  const message = 'The agent service does not say how far the agent is. The step goes on when it does.';
  return { service: 'agent', since: agentUnheardSince, message };
}

function whyItWaits(status: StepStatus, service: string, faults: number): string {
  if (status === 'WAITING')
    return `The attempt took too long, and the ${service} service has not yet said that it is stopped.`;
  if (faults > 0) return `The ${service} service has a fault of its own. The step asks it again a few times.`;
  return `The ${service} service does not answer. The step goes on when it does.`;
}
