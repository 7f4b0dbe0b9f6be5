import type { PoolClient } from 'pg';
import type { Turn } from '../turn.ts';

/** Steps as a version has them; their states are written with those of others. */
const WRITE_MOVED_STEPS = {
  name: 'engine-write-moved-steps',
  text: `insert into workflow_step_executions as s (execution_id, step_id, position, step_type, status)
         select c.execution_id, c.step_id, c.position, c.step_type, c.status
         from jsonb_to_recordset($1::jsonb) c(
           execution_id text, step_id text, position int, step_type workflow_step_type, status workflow_step_status)
         on conflict (execution_id, step_id) do update set position = excluded.position, step_type = excluded.step_type`,
};

/** Steps that the version does not have keep their rows, and have no place any more: they are not counted. */
const WRITE_REMOVED_STEPS = {
  name: 'engine-write-removed-steps',
  text: `update workflow_step_executions s set position = -1
         from jsonb_to_recordset($1::jsonb) c(execution_id text, step_id text)
         where s.execution_id = c.execution_id and s.step_id = c.step_id`,
};

/** Before the states of steps are written. */
export function writeMoves(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const moved = turns.filter((turn) => turn.moved);
  const rows = moved.flatMap(({ definition, state }) =>
    definition.steps.map(({ id, position, stepType }) => ({
      execution_id: state.id,
      step_id: id,
      position,
      step_type: stepType,
      status: state.steps.get(id)?.status,
    })),
  );
  const removed = moved.flatMap(({ definition, state }) =>
    [...state.steps.keys()]
      .filter((id) => !definition.byId.has(id))
      .map((id) => ({ execution_id: state.id, step_id: id })),
  );
  return [
    ...(rows.length > 0 ? [client.query({ ...WRITE_MOVED_STEPS, values: [JSON.stringify(rows)] })] : []),
    ...(removed.length > 0 ? [client.query({ ...WRITE_REMOVED_STEPS, values: [JSON.stringify(removed)] })] : []),
  ];
}
