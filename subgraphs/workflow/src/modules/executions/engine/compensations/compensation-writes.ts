import type { PoolClient } from 'pg';
import type { NewEvent } from '@flowmesh/platform/events';
import type { Command } from '../commands.ts';
import type { Definitions } from '../definitions.ts';
import { definitionOf } from '../create-definition.ts';
import { INSERT_STEPS } from '../engine-statements.ts';
import { toNewEvents } from '../execution-events.ts';
import type { ExecutionStatus } from '../execution-state.ts';
import type { Turn } from '../turn.ts';
import { compensablesOf, scopeOf } from './compensation.ts';
import type { CompensationState } from './compensation-status.ts';

/** Nothing of the execution `e` can have an effect any more, as far as the product knows. */
export const HAS_STOPPED = `
  not exists (select 1 from workflow_executions p
              where p.root_execution_id = e.id and p.status in ('PENDING', 'RUNNING', 'PAUSED', 'WAITING'))
  and not exists (select 1 from workflow_step_executions s where s.execution_id = e.id and cardinality(s.agent_stops) > 0)
  and not exists (select 1 from workflow_executions p join workflow_step_executions s on s.execution_id = p.id
                  where p.root_execution_id = e.id and cardinality(s.agent_stops) > 0)`;

const READ_STOPPED = {
  name: 'compensations-stopped',
  text: `select 1 from workflow_executions e where e.id = $1 and ${HAS_STOPPED}`,
};

/** The definitions that the execution and those that are a part of it have run by. */
const READ_VERSIONS = {
  name: 'compensations-versions',
  text: `select distinct workflow_id as "workflowId", workflow_version as "workflowVersion" from workflow_executions
         where id = $1 or root_execution_id = $1`,
};

/** All that is to be undone ($2), the last that was done first. What comes of a compensation itself is never undone. */
const INSERT = {
  name: 'compensations-insert',
  text: `with recursive undone as (
           select id, workflow_id, workflow_version, scope from workflow_executions where id = $1
           union all
           select p.id, p.workflow_id, p.workflow_version, p.scope from undone u
           join workflow_executions p on p.parent_execution_id = u.id and p.item_index >= 0
         )
         insert into workflow_compensations (id, execution_id, position, source_execution_id, step_id, generation)
         select gen_random_uuid(), $1,
                row_number() over (order by s.completed_at desc, s.started_at desc, k.rank desc, s.execution_id desc),
                s.execution_id, s.step_id, s.generation
         from undone u
         join jsonb_to_recordset($2::jsonb) k(workflow_id text, version int, scope text, step_id text, "when" text, rank int)
           on k.workflow_id = u.workflow_id and k.version = u.workflow_version and k.scope is not distinct from u.scope
         join workflow_step_executions s on s.execution_id = u.id and s.step_id = k.step_id
         where s.status = 'COMPLETED'
            or (k."when" = 'STARTED' and s.status in ('FAILED', 'CANCELLED') and s.started_at is not null)
         on conflict (source_execution_id, step_id) do nothing`,
};

const COLUMNS = `
  c.id, c.position, c.source_execution_id, c.step_id, c.status, c.run_id, c.runs, c.started_at, c.completed_at,
  r.status as run_status, e.workflow_id, e.workflow_version, e.owner_id`;
const WITH_EXECUTIONS = `
  join workflow_executions e on e.id = c.source_execution_id left join workflow_executions r on r.id = c.run_id`;

const READ = {
  name: 'compensations-read',
  text: `select ${COLUMNS}
         from (select * from workflow_compensations where execution_id = $1 and status not in ('COMPLETED', 'SKIPPED')
               order by position limit $2) c ${WITH_EXECUTIONS}
         order by c.position`,
};

const READ_NAMED = {
  name: 'compensations-named',
  text: `select ${COLUMNS} from workflow_compensations c ${WITH_EXECUTIONS}
         where c.execution_id = $1 and c.id = any($2::text[])`,
};

const WRITE = {
  name: 'compensations-write',
  text: `update workflow_compensations c
         set status = w.status, run_id = w.run_id, runs = w.runs, started_at = w.started_at, completed_at = w.completed_at
         from jsonb_to_recordset($1::jsonb) w(
           id text, status text, run_id text, runs int, started_at timestamptz, completed_at timestamptz)
         where c.id = w.id`,
};

const WRITE_DECISIONS = {
  name: 'compensations-decisions',
  text: `insert into workflow_compensation_decisions (id, compensation_id, action, user_id, reason, decided_at)
         select id, compensation_id, action, user_id, reason, clock_timestamp()
         from jsonb_to_recordset($1::jsonb) w(id text, compensation_id text, action text, user_id text, reason text)`,
};

/** Executions that undo a step. They have the rights, the context and the place of the one whose step it was. */
const BEGIN = {
  name: 'compensations-begin',
  text: `insert into workflow_executions (
           id, workflow_id, workflow_version, owner_id, started_by_id, starter_scopes, starter_role_ids,
           starter_key_id, context_id, status, metadata, request_id, created_at, event_seq,
           parent_execution_id, parent_step_id, parent_generation, item_index, item, scope, root_execution_id, depth)
         select b.id, e.workflow_id, e.workflow_version, e.owner_id, e.started_by_id, e.starter_scopes,
                e.starter_role_ids, e.starter_key_id, e.context_id, 'PENDING', '{}',
                e.request_id, clock_timestamp(), 1, e.id, b.step_id, c.generation, -c.runs, b.failure, b.scope, c.execution_id,
                e.depth
         from jsonb_to_recordset($1::jsonb) b(id text, compensation_id text, step_id text, scope text, failure jsonb)
         join workflow_compensations c on c.id = b.compensation_id
         join workflow_executions e on e.id = c.source_execution_id`,
};

/** Besides those that a command names: the one that has ended, and the next. */
const NEXT = 2;

interface Row {
  readonly id: string;
  readonly position: number;
  readonly source_execution_id: string;
  readonly step_id: string;
  readonly status: CompensationState;
  readonly run_id: string | null;
  readonly runs: number;
  readonly run_status: ExecutionStatus | null;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
  readonly workflow_id: string;
  readonly workflow_version: number;
  readonly owner_id: string;
}

/** Reads, after the executions are locked, what a command about compensations needs; the first one finds out what there is to undo. */
export async function readCompensations(
  client: PoolClient,
  definitions: Definitions,
  turns: ReadonlyMap<string, Turn>,
  requests: readonly { readonly executionId: string; readonly command: Command }[],
): Promise<void> {
  const named = new Map<string, string[]>();
  for (const { executionId, command } of requests) {
    if (command.kind === 'compensate') named.set(executionId, named.get(executionId) ?? []);
    if (command.kind !== 'decide-compensation') continue;
    named.set(executionId, [...(named.get(executionId) ?? []), command.decision.compensationId]);
  }
  for (const [executionId, ids] of named) {
    const turn = turns.get(executionId);
    if (!turn || turn.state.compensationStatus === 'NONE') continue;
    if (turn.state.compensationStatus === 'PENDING') await findOut(client, definitions, turn);
    await readKnown(client, definitions, turn, ids);
  }
}

async function findOut(client: PoolClient, definitions: Definitions, { state, compensations }: Turn): Promise<void> {
  const { rowCount } = await client.query({ ...READ_STOPPED, values: [state.id] });
  if (rowCount === 0) return;
  const { rows } = await client.query<{ workflowId: string; workflowVersion: number }>({
    ...READ_VERSIONS,
    values: [state.id],
  });
  const keys = [];
  for (const { workflowId, workflowVersion } of rows) {
    const definition = await definitions.get(workflowId, workflowVersion, client);
    for (const { scope, stepId, when, rank } of compensablesOf(definition)) {
      keys.push({ workflow_id: workflowId, version: workflowVersion, scope, step_id: stepId, when, rank });
    }
  }
  if (keys.length > 0) await client.query({ ...INSERT, values: [state.id, JSON.stringify(keys)] });
  compensations.ready = true;
}

async function readKnown(
  client: PoolClient,
  definitions: Definitions,
  { state, compensations }: Turn,
  ids: readonly string[],
): Promise<void> {
  const next = await client.query<Row>({ ...READ, values: [state.id, NEXT + ids.length] });
  const named = ids.length > 0 ? await client.query<Row>({ ...READ_NAMED, values: [state.id, ids] }) : { rows: [] };
  const rows = new Map([...next.rows, ...named.rows].map((row) => [row.id, row]));
  for (const row of [...rows.values()].sort((a, b) => a.position - b.position)) {
    const { workflow_id: workflowId, workflow_version: version, owner_id: ownerId, step_id: stepId } = row;
    const definition = definitionOf(await definitions.get(workflowId, version, client), scopeOf(stepId));
    compensations.known.push({
      ...{ id: row.id, stepId, status: row.status, runs: row.runs, runId: row.run_id, runStatus: row.run_status },
      ...{ startedAt: row.started_at, completedAt: row.completed_at },
      source: { executionId: row.source_execution_id, workflowId, ownerId },
      definition,
    });
  }
}

/** All statements are sent before this returns. */
export function writeCompensations(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const changed = turns.flatMap(({ compensations }) =>
    [...compensations.changed].map(({ id, status, runId, runs, startedAt, completedAt }) => {
      return { id, status, run_id: runId, runs, started_at: startedAt, completed_at: completedAt };
    }),
  );
  if (changed.length === 0) return [];
  const decided = turns.flatMap(({ compensations }) =>
    compensations.decided.map(({ decision: { id, compensationId, action, userId, reason } }) => {
      return { id, compensation_id: compensationId, action, user_id: userId, reason };
    }),
  );
  return [
    client.query({ ...WRITE, values: [JSON.stringify(changed)] }),
    ...(decided.length > 0 ? [client.query({ ...WRITE_DECISIONS, values: [JSON.stringify(decided)] })] : []),
  ];
}

/** After the compensations were written. All statements are sent before this returns. */
export function beginCompensations(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const begun = turns.flatMap((turn) => turn.compensations.begun.map((each) => ({ ...each, turn })));
  if (begun.length === 0) return [];
  const rows = begun.map(({ id, runId, stepId, turn }) => {
    const { code, message, stepId: step = null } = turn.state.error ?? { code: 'CANCELLED', message: '' };
    return {
      id: runId,
      compensation_id: id,
      step_id: stepId,
      scope: scopeOf(stepId),
      failure: { code, message, step },
    };
  });
  const steps = begun.flatMap(({ runId, definition }) =>
    definition.steps.map((step) => ({
      execution_id: runId,
      step_id: step.id,
      position: step.position,
      step_type: step.stepType,
      status: 'READY',
    })),
  );
  return [
    client.query({ ...BEGIN, values: [JSON.stringify(rows)] }),
    client.query({ ...INSERT_STEPS, values: [JSON.stringify(steps)] }),
  ];
}

/** Of their executions. */
export const eventsOfBegun = (turns: readonly Turn[]): NewEvent[] =>
  turns.flatMap(({ state, compensations }) =>
    compensations.begun.flatMap(({ runId, stepId, source: { executionId, workflowId, ownerId } }) => {
      const { startedById, requestId } = state;
      const parent = { executionId, stepId };
      const execution = { id: runId ?? '', workflowId, ownerId, startedById, requestId, error: null, parent };
      return toNewEvents(execution, { type: 'EXECUTION_STARTED', seq: 1 });
    }),
  );
