import type { PoolClient } from 'pg';
import { MAX_LINES, tidyLine, type LogLine } from '../../../logs/log-line.ts';

/** A line with its place in the logs of its execution. */
export interface NumberedLine {
  readonly executionId: string;
  readonly seq: number;
  readonly line: LogLine;
}

const INSERT_LOGS = {
  name: 'engine-logs',
  text: `insert into workflow_execution_logs (execution_id, seq, time, step_id, attempt, level, source, message, data,
           agent_execution_id, origin)
         select execution_id, seq, time, step_id, attempt, level, source, message, nullif(data, 'null'), agent_execution_id, origin
         from jsonb_to_recordset($1::jsonb) c(
           execution_id text, seq int, time timestamptz, step_id text, attempt int, level text, source text, message text, data jsonb,
           agent_execution_id text, origin text)
         on conflict (execution_id, origin) where origin is not null do nothing`,
};

/** To be called while the executions are locked. Of lines beyond the limit only the first is stored: it stands for all of them. */
export function writeLogs(client: Pick<PoolClient, 'query'>, lines: readonly NumberedLine[]): Promise<unknown>[] {
  const rows = lines.filter(({ seq }) => seq <= MAX_LINES).map(toRow);
  return rows.length > 0 ? [client.query({ ...INSERT_LOGS, values: [JSON.stringify(rows)] })] : [];
}

function toRow({ executionId, seq, line }: NumberedLine) {
  const { message, data, time, level, source, attempt, origin } = tidyLine(line);
  const { stepId, agentExecutionId } = line;
  const names = { execution_id: executionId, step_id: stepId, agent_execution_id: agentExecutionId };
  return { ...names, seq, time, attempt, level, source, message, data, origin };
}
