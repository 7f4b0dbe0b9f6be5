import { SqlList } from '@flowmesh/platform/connections';
import type { Pool } from 'pg';
import type { CompensationStatus } from '../executions/engine/compensations/compensation-status.ts';
import type { ExecutionStatus } from '../executions/engine/execution-state.ts';
import { MAX_LINES } from './log-line.ts';
import { logConditionSql, partsConditionSql, type LogFilter, type PartsQuery } from './log-query.ts';
import type { LogRecord } from './log-record.ts';

/** The last place stands for all lines that have not been kept. */
const DROPPED = `(e.log_seq - ${MAX_LINES} + 1)`;
const IS_MARK = `l.seq = ${MAX_LINES}`;
const COLUMNS = `
  l.execution_id || ':' || l.seq as id, l.execution_id as "executionId", l.seq, l.time, l.attempt, l.source,
  case when ${IS_MARK} then null else l.step_id end as "stepId",
  case when ${IS_MARK} then 'WARN' else l.level end as level,
  case when ${IS_MARK} then 'Lines that were not kept, as the logs are full: ' || (${DROPPED})::text else l.message end as message,
  case when ${IS_MARK} then jsonb_build_object('dropped', ${DROPPED}) else l.data end as data,
  case when ${IS_MARK} then null else l.agent_execution_id end as "agentExecutionId"`;

/** How far an execution is, with the lines behind a place. */
export interface LogPage {
  readonly lines: readonly LogRecord[];
  readonly eventSeq: number;
  readonly logSeq: number;
  readonly status: ExecutionStatus;
  readonly compensationStatus: CompensationStatus;
}

/** Lines in the order of their times, those of one moment and one execution as they were written; no two have the same. */
const PLACE = `(to_char(l.time at time zone 'UTC', 'YYYYMMDDHH24MISSMS') || l.execution_id || lpad(l.seq::text, 6, '0')) collate "C"`;
/** Executions under the one that somebody started, which is under itself. */
const WITH_ROOTS = `(
  select x.id as root, x.id, x.log_seq, x.started_by_id, x.owner_id from workflow_executions x
  union all
  select x.root_execution_id, x.id, x.log_seq, x.started_by_id, x.owner_id from workflow_executions x
  where x.root_execution_id is not null)`;

/** A line of an execution or of one of its parts. */
type LineOfRoot = LogRecord & { readonly root: string; readonly place: string };

type PageRow = Omit<LogPage, 'lines'> & { readonly line: boolean } & LogRecord;

/** Reads lines; the engine writes them. */
export class LogStore {
  readonly list: SqlList<LogRecord, LogFilter, 'seq'>;
  readonly listWithParts: SqlList<LineOfRoot, PartsQuery, 'place'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: 'workflow_execution_logs l join workflow_executions e on e.id = l.execution_id',
      where: logConditionSql,
      orderColumns: { seq: 'l.seq' },
      idColumn: null,
      parent: { column: 'l.execution_id', field: 'executionId' },
    });
    this.listWithParts = new SqlList(pool, {
      columns: `${COLUMNS}, e.root, ${PLACE} as place`,
      from: `${WITH_ROOTS} e join workflow_execution_logs l on l.execution_id = e.id`,
      where: partsConditionSql,
      orderColumns: { place: PLACE },
      idColumn: null,
      parent: { column: 'e.root', field: 'root' },
    });
  }

  /** The first lines behind this one; all of one moment. Null when the execution is gone. */
  async behind(executionId: string, seq: number, limit: number): Promise<LogPage | null> {
    const { rows } = await this.pool.query<PageRow>({
      name: 'logs-behind',
      text: `select l.*, l.seq is not null as line, e.event_seq as "eventSeq", e.log_seq as "logSeq", e.status::text,
               e.compensation_status as "compensationStatus"
             from workflow_executions e
             left join lateral (
               select ${COLUMNS} from workflow_execution_logs l where l.execution_id = e.id and l.seq > $2 order by l.seq limit $3
             ) l on true
             where e.id = $1 order by l.seq`,
      values: [executionId, seq, limit],
    });
    const [first] = rows;
    if (!first) return null;
    const { eventSeq, logSeq, status, compensationStatus } = first;
    return { lines: rows.filter(({ line }) => line), eventSeq, logSeq, status, compensationStatus };
  }

  /** Removes at most `limit` lines that are older than this. Gives how many went. */
  async removeOld(days: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from workflow_execution_logs l
       using (select execution_id, seq from workflow_execution_logs
              where time < now() - make_interval(days => $1) order by time limit $2) old
       where l.execution_id = old.execution_id and l.seq = old.seq`,
      [days, limit],
    );
    return rowCount ?? 0;
  }
}
