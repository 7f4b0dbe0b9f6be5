import type { PoolClient } from 'pg';
import type { NewEvent } from '@flowmesh/platform/events';
import type { Definitions } from '../definitions.ts';
import type { Definition } from '../definition.ts';
import { INSERT_STEPS, TURN_BEFORE } from '../engine-statements.ts';
import { toNewEvents } from '../execution-events.ts';
import type { BegunPart } from '../commands.ts';
import type { Beginning, Turn } from '../turn.ts';
import type { ChildCounts } from './child-counts.ts';

export interface ChildCountKey {
  readonly executionId: string;
  readonly stepId: string;
  readonly generation: number;
  readonly total: number;
}

const OPEN = `('PENDING', 'RUNNING', 'PAUSED', 'WAITING')`;
const OF_STEP = `parent_execution_id = k.execution_id and parent_step_id = k.step_id and parent_generation = k.generation
                 and item_index >= 0`;

const COUNT = {
  name: 'engine-count-children',
  text: `select k.execution_id, k.step_id, counted.*,
                case when counted.completed + counted.failed >= k.total then
                  (select coalesce(sum(coalesce(result_bytes, octet_length(result::text))), 0)::float8 from workflow_executions where ${OF_STEP})
                end as bytes
         from unnest($1::text[], $2::text[], $3::int[], $4::int[]) k(execution_id, step_id, generation, total)
         cross join lateral (
           select (count(*) filter (where status = 'COMPLETED'))::int as completed,
                  (count(*) filter (where status in ('FAILED', 'CANCELLED')))::int as failed,
                  (count(*) filter (where status in ${OPEN}))::int as open,
                  (array_agg(jsonb_build_object('index', item_index, 'error', error) order by item_index)
                     filter (where status in ('FAILED', 'CANCELLED')))[1] as failure
           from workflow_executions where ${OF_STEP}
         ) counted`,
};

/** The first ones that are not there, as many as there are ids. */
const INSERT = {
  name: 'engine-insert-children',
  text: `insert into workflow_executions (
           id, workflow_id, workflow_version, owner_id, started_by_id, starter_scopes, starter_role_ids,
           starter_key_id, context_id, status, input, metadata, request_id, created_at, event_seq,
           parent_execution_id, parent_step_id, parent_generation, item_index, item, scope, root_execution_id, depth, turn)
         select b.ids ->> (p.place - 1)::int, coalesce(b.workflow_id, e.workflow_id), coalesce(b.version, e.workflow_version),
                coalesce(b.owner_id, e.owner_id), e.started_by_id, e.starter_scopes, e.starter_role_ids,
                e.starter_key_id, case when b.workflow_id is null or b.pass_context then e.context_id end, 'PENDING',
                case when b.workflow_id is not null then s.items end,
                '{}', e.request_id, clock_timestamp(), 1, e.id, s.step_id, s.generation, p.item_index,
                case s.step_type
                  when 'FOR_EACH' then s.items -> p.item_index
                  when 'LOOP' then (select r.result from workflow_executions r
                                    where r.parent_execution_id = e.id and r.parent_step_id = s.step_id
                                      and r.parent_generation = s.generation and r.item_index = p.item_index - 1)
                end,
                case when b.workflow_id is null then s.step_id end, coalesce(e.root_execution_id, e.id), e.depth + 1,
                row_number() over (partition by e.started_by_id order by e.id, s.step_id, p.item_index)
                  + turns.before
         from jsonb_to_recordset($1::jsonb) b(
           execution_id text, step_id text, ids jsonb, workflow_id text, version int, owner_id text, pass_context boolean)
         join workflow_executions e on e.id = b.execution_id
         join workflow_step_executions s on s.execution_id = b.execution_id and s.step_id = b.step_id
         cross join lateral (
           select i as item_index, row_number() over (order by i) as place
           from generate_series(0, s.children_total - 1) i
           where not exists (
             select 1 from workflow_executions c
             where c.parent_execution_id = e.id and c.parent_step_id = s.step_id and c.parent_generation = s.generation
               and c.item_index = i)
           order by i limit jsonb_array_length(b.ids)
         ) p
         cross join lateral (select e.started_by_id as id, 1 as priority) starter cross join lateral (${TURN_BEFORE}) turns
         returning id, turn`,
};

/** In order; null for those that did not complete. */
const COLLECT = {
  name: 'engine-collect-children',
  text: `update workflow_step_executions s
         set (result, result_bytes) = (select r.value, octet_length(r.value::text) from (select case when k.collects = 'last' then
               (select result from workflow_executions where ${OF_STEP} order by item_index desc limit 1)
             else
               (select coalesce(jsonb_agg(case when status = 'COMPLETED' then coalesce(result, 'null') else 'null' end
                                          order by item_index), '[]')
                from workflow_executions where ${OF_STEP})
             end) r(value))
         from unnest($1::text[], $2::text[], $3::int[], $4::text[]) k(execution_id, step_id, generation, collects)
         where s.execution_id = k.execution_id and s.step_id = k.step_id`,
};

/** Those that have completed belong to the next generation of their step. */
const ADOPT = {
  name: 'engine-adopt-children',
  text: `update workflow_executions c set parent_generation = k.generation + 1
         from unnest($1::text[], $2::text[], $3::int[]) k(execution_id, step_id, generation)
         where c.parent_execution_id = k.execution_id and c.parent_step_id = k.step_id
           and c.parent_generation = k.generation and c.item_index >= 0 and c.status = 'COMPLETED'`,
};

/** Read after the executions of the steps were locked: who ends meanwhile says so afterwards. */
export async function countChildren(
  client: PoolClient,
  keys: readonly ChildCountKey[],
): Promise<(ChildCounts & { readonly execution_id: string; readonly step_id: string })[]> {
  const { rows } = await client.query<ChildCounts & { execution_id: string; step_id: string }>({
    ...COUNT,
    values: [
      keys.map(({ executionId }) => executionId),
      keys.map(({ stepId }) => stepId),
      keys.map(({ generation }) => generation),
      keys.map(({ total }) => total),
    ],
  });
  return rows;
}

interface Begun extends Beginning {
  readonly turn: Turn;
  /** What they run. */
  readonly definition: Definition;
}

/** What is begun, with what it will run: known before anything is written. */
export function readBeginnings(definitions: Definitions, client: PoolClient, turns: readonly Turn[]): Promise<Begun[]> {
  const read = async (turn: Turn, beginning: Beginning): Promise<Begun> => {
    const { step, workflow } = beginning;
    const definition = workflow
      ? await definitions.get(workflow.workflowId, workflow.version, client)
      : turn.definition.bodies.get(step.stepId);
    if (!definition) throw new Error(`the step ${step.stepId} has no steps inside`);
    return { ...beginning, turn, definition };
  };
  return Promise.all(turns.flatMap((turn) => turn.beginnings.map((beginning) => read(turn, beginning))));
}

/** After the steps were written. All statements are sent before this returns. */
export function writeChildren(client: PoolClient, turns: readonly Turn[], begun: readonly Begun[]): Promise<unknown>[] {
  return [...adopt(client, turns), ...insert(client, begun), ...collect(client, turns)];
}

function insert(client: PoolClient, begun: readonly Begun[]): Promise<unknown>[] {
  if (begun.length === 0) return [];
  const rows = begun.map(({ turn, step, ids, workflow }) => ({
    execution_id: turn.state.id,
    step_id: step.stepId,
    ids,
    workflow_id: workflow?.workflowId ?? null,
    version: workflow?.version ?? null,
    owner_id: workflow?.ownerId ?? null,
    pass_context: workflow?.passContext ?? null,
  }));
  const steps = begun.flatMap(({ ids, definition }) =>
    ids.flatMap((id) =>
      definition.steps.map((step) => ({
        execution_id: id,
        step_id: step.id,
        position: step.position,
        step_type: step.stepType,
        status: step.dependencies.length === 0 ? 'READY' : 'PENDING',
      })),
    ),
  );
  return [
    client.query<BegunPart>({ ...INSERT, values: [JSON.stringify(rows)] }).then(({ rows: inserted }) => {
      const turns = new Map(inserted.map(({ id, turn }) => [id, turn]));
      for (const { turn } of begun) turn.setTurns(turns);
    }),
    client.query({ ...INSERT_STEPS, values: [JSON.stringify(steps)] }),
  ];
}

function collect(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const all = turns.flatMap(({ state, collected }) => collected.map((each) => ({ ...each, executionId: state.id })));
  if (all.length === 0) return [];
  const values = [
    all.map(({ executionId }) => executionId),
    all.map(({ step }) => step.stepId),
    all.map(({ step }) => step.generation),
    all.map(({ collects }) => collects),
  ];
  return [client.query({ ...COLLECT, values })];
}

function adopt(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const all = turns.flatMap(({ state, adopted }) => adopted.map((each) => ({ ...each, executionId: state.id })));
  if (all.length === 0) return [];
  const values = [
    all.map(({ executionId }) => executionId),
    all.map(({ stepId }) => stepId),
    all.map(({ generation }) => generation),
  ];
  return [client.query({ ...ADOPT, values })];
}

export const eventsOf = (begun: readonly Begun[]): NewEvent[] =>
  begun.flatMap(({ turn, step, ids, workflow }) =>
    ids.flatMap((id) => {
      const { state } = turn;
      const source = {
        id,
        workflowId: workflow?.workflowId ?? state.workflowId,
        ownerId: workflow?.ownerId ?? state.ownerId,
        startedById: state.startedById,
        requestId: state.requestId,
        error: null,
        parent: { executionId: state.id, stepId: step.stepId },
      };
      return toNewEvents(source, { type: 'EXECUTION_STARTED', seq: 1 });
    }),
  );
