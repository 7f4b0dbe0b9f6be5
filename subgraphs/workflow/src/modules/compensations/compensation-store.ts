import { listOf, SqlList } from '@flowmesh/platform/connections';
import type { Pool } from 'pg';
import type { CompensationRecord, DecisionRecord } from './compensation-record.ts';

export const COMPENSATIONS_OF_EXECUTION = listOf({
  name: 'WorkflowExecution.compensations',
  orders: { POSITION: { field: 'position', type: 'integer' } },
  orderBy: { field: 'POSITION', direction: 'ASC' },
});

const SHOWN_DECISIONS = 50;

const COLUMNS = `
  c.id, c.execution_id as "executionId", c.position, c.step_id as "stepId", c.source_execution_id as "sourceExecutionId",
  e.workflow_id as "workflowId", e.workflow_version as "workflowVersion", c.status, c.run_id as "runId",
  (select coalesce(sum(s.attempts), 0)::int from workflow_executions p join workflow_step_executions s on s.execution_id = p.id
   where p.parent_execution_id = c.source_execution_id and p.parent_step_id = c.step_id
     and p.parent_generation = c.generation and p.item_index < 0) as attempts,
  (select r.result from workflow_executions r where r.id = c.run_id) as result,
  (select s.error from workflow_step_executions s where s.execution_id = c.run_id) as error,
  c.started_at as "startedAt", c.completed_at as "completedAt",
  (select coalesce(jsonb_agg(to_jsonb(d) order by d."decidedAt" desc, d.id desc), '[]')
   from (select id, action, user_id as "userId", reason, decided_at as "decidedAt" from workflow_compensation_decisions
         where compensation_id = c.id order by decided_at desc, id desc limit ${SHOWN_DECISIONS}) d) as decisions`;
const FROM = 'workflow_compensations c join workflow_executions e on e.id = c.source_execution_id';

type Stored = Omit<CompensationRecord, 'decisions'> & {
  readonly decisions: readonly (Omit<DecisionRecord, 'decidedAt'> & { readonly decidedAt: string })[];
};

/** JSON knows no times. */
const toRecord = ({ decisions, ...rest }: Stored): CompensationRecord => ({
  ...rest,
  decisions: decisions.map((each) => ({ ...each, decidedAt: new Date(each.decidedAt) })),
});

/** Reads compensations; the engine writes them. */
export class CompensationStore {
  readonly list: SqlList<CompensationRecord, null, 'position', Stored>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: FROM,
      where: () => 'true',
      orderColumns: { position: 'c.position' },
      idColumn: 'c.id',
      parent: { column: 'c.execution_id', field: 'executionId' },
      toRow: toRecord,
    });
  }

  async find(id: string): Promise<CompensationRecord | null> {
    const { rows } = await this.pool.query<Stored>({
      name: 'compensation',
      text: `select ${COLUMNS} from ${FROM} where c.id = $1`,
      values: [id],
    });
    return rows[0] ? toRecord(rows[0]) : null;
  }
}
