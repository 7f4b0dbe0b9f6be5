import type { Pool } from 'pg';
import type { Engine } from '../engine.ts';
import { HAS_STOPPED } from './compensation-writes.ts';

/** Rows of each kind in one round. */
const LIMIT = 500;

/** Executions whose work has stopped since they ended: what is to be undone can be found out. */
const STOPPED = `
  select e.id from workflow_executions e
  where e.compensation_status = 'PENDING' and ${HAS_STOPPED}
  order by e.created_at, e.id limit ${LIMIT}`;

/** Executions one of whose compensations has ended, which nobody has taken up. */
const LEFT = `
  select e.id from workflow_executions e
  where e.compensation_status = 'RUNNING' and not exists (
    select 1 from workflow_compensations c join workflow_executions r on r.id = c.run_id
    where c.execution_id = e.id and c.status = 'RUNNING' and r.status in ('PENDING', 'RUNNING', 'PAUSED', 'WAITING'))
  order by e.created_at, e.id limit ${LIMIT}`;

/** Finds executions that could go on with their compensations: what a killed process has left, and what had to wait. */
export async function sweepCompensations(pool: Pool, engine: Pick<Engine, 'apply'>): Promise<void> {
  for (const text of [STOPPED, LEFT]) {
    const { rows } = await pool.query<{ id: string }>(text);
    await Promise.all(rows.map(({ id }) => engine.apply(id, { kind: 'compensate' })));
  }
}
