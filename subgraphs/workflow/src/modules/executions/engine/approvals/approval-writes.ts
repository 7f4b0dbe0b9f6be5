import type { PoolClient } from 'pg';
import type { Command } from '../commands.ts';
import type { Turn } from '../turn.ts';
import type { NewApproval, OpenApproval, ShownDecision } from './approval-changes.ts';
import { isApproval } from './approval-transitions.ts';

const READ_OPEN = {
  name: 'engine-open-approvals',
  text: `select a.execution_id, a.step_id, a.generation, a.asked, a.escalated_at is not null as escalated, a.remind_at,
                coalesce((select jsonb_agg(jsonb_build_object('by', d.user_id, 'verdict', d.verdict, 'comment', d.comment,
                                                              'at', d.decided_at) order by d.decided_at, d.id)
                          from workflow_approval_decisions d
                          where d.execution_id = a.execution_id and d.step_id = a.step_id and d.generation = a.generation),
                         '[]') as decisions
         from workflow_approvals a where a.execution_id = any($1::text[]) and a.status = 'PENDING'`,
};

const INSERT = {
  name: 'engine-insert-approvals',
  text: `insert into workflow_approvals (execution_id, step_id, generation, asked, approver_ids, approver_role_ids, deadline_at,
                                         remind_at)
         select c.execution_id, c.step_id, c.generation, c.asked, c.approver_ids, c.approver_role_ids, c.deadline_at,
                c.remind_at
         from jsonb_to_recordset($1::jsonb) c(
           execution_id text, step_id text, generation int, asked jsonb, approver_ids text[], approver_role_ids text[],
           deadline_at timestamptz, remind_at timestamptz)
         on conflict (execution_id, step_id, generation) do nothing`,
};

const DECIDE = {
  name: 'engine-insert-decisions',
  text: `insert into workflow_approval_decisions (id, execution_id, step_id, generation, user_id, verdict, comment, via,
                                                  decided_at)
         select c.id, c.execution_id, c.step_id, c.generation, c.user_id, c.verdict, c.comment, c.via, c.decided_at
         from jsonb_to_recordset($1::jsonb) c(
           id text, execution_id text, step_id text, generation int, user_id text, verdict text, comment text,
           via text, decided_at timestamptz)`,
};

const REMIND = {
  name: 'engine-remind-of-approvals',
  text: `update workflow_approvals a set remind_at = null
         from jsonb_to_recordset($1::jsonb) c(execution_id text, step_id text)
         where a.execution_id = c.execution_id and a.step_id = c.step_id and a.status = 'PENDING'`,
};

const TELL = {
  name: 'engine-insert-askings',
  text: `insert into workflow_approval_askings (execution_id, step_id, generation, occasion)
         select c.execution_id, c.step_id, c.generation, c.occasion
         from jsonb_to_recordset($1::jsonb) c(execution_id text, step_id text, generation int, occasion text)
         on conflict (execution_id, step_id, generation, occasion) do nothing`,
};

const ESCALATE = {
  name: 'engine-escalate-approvals',
  text: `update workflow_approvals a
         set escalated_at = clock_timestamp(), deadline_at = c.deadline_at,
             approver_ids = a.approver_ids || array(select jsonb_array_elements_text(a.asked->'escalation'->'userIds')),
             approver_role_ids = a.approver_role_ids
               || array(select jsonb_array_elements_text(a.asked->'escalation'->'roleIds'))
         from jsonb_to_recordset($1::jsonb) c(execution_id text, step_id text, deadline_at timestamptz)
         where a.execution_id = c.execution_id and a.step_id = c.step_id and a.status = 'PENDING'`,
};

/** What people are still to be told of it is withdrawn at once. */
const CLOSE = {
  name: 'engine-close-approvals',
  text: `with closed as (
           update workflow_approvals a set status = c.status, closed_at = clock_timestamp()
           from jsonb_to_recordset($1::jsonb) c(execution_id text, step_id text, status text)
           where a.execution_id = c.execution_id and a.step_id = c.step_id and a.status = 'PENDING'
           returning a.execution_id, a.step_id, a.generation
         )
         update workflow_approval_askings q set next_try_at = clock_timestamp() from closed c
         where q.execution_id = c.execution_id and q.step_id = c.step_id and q.generation = c.generation
           and q.done_at is null`,
};

interface OpenRow {
  readonly execution_id: string;
  readonly step_id: string;
  readonly generation: number;
  readonly asked: NewApproval;
  readonly escalated: boolean;
  readonly remind_at: Date | null;
  readonly decisions: ShownDecision[];
}

const CONCERNED: ReadonlySet<Command['kind']> = new Set(['decide', 'time-out', 'remind']);

/** Reads, after the executions are locked, what is not decided, where a command may decide it. */
export async function readOpenApprovals(
  client: PoolClient,
  requests: readonly { readonly executionId: string; readonly command: Command }[],
): Promise<readonly { readonly executionId: string; readonly open: OpenApproval }[]> {
  const concerned = requests.filter(({ command }) => CONCERNED.has(command.kind));
  if (concerned.length === 0) return [];
  const values = [[...new Set(concerned.map(({ executionId }) => executionId))]];
  const { rows } = await client.query<OpenRow>({ ...READ_OPEN, values });
  return rows.map(({ execution_id: executionId, step_id: stepId, asked, remind_at: remindAt, decisions, ...rest }) => ({
    executionId,
    open: { ...asked, ...rest, stepId, remindAt, decisions: decisions.map(inOneForm) },
  }));
}

/** JSON of the database writes times in another form. */
const inOneForm = (shown: ShownDecision): ShownDecision => ({ ...shown, at: new Date(shown.at).toISOString() });

/** All statements are sent before this returns. */
export function writeApprovals(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const of = <T, R>(pick: (turn: Turn) => readonly T[], toRow: (each: T) => R) =>
    turns.flatMap((turn) => pick(turn).map((each) => ({ execution_id: turn.state.id, ...toRow(each) })));
  const begun = of(
    ({ approvals }) => approvals.begun,
    ({ stepId, generation, deadlineAt, remindAt, approval }) => ({
      step_id: stepId,
      generation,
      asked: approval,
      approver_ids: approval.approvers.userIds,
      approver_role_ids: approval.approvers.roleIds,
      deadline_at: deadlineAt,
      remind_at: remindAt,
    }),
  );
  const decided = turns.flatMap(({ state, now, approvals }) =>
    approvals.decided.map(({ stepId, generation, decision: { id, userId, verdict, comment, origin } }) => ({
      ...{ id, execution_id: state.id, step_id: stepId, generation, user_id: userId, verdict, comment },
      ...{ via: origin.via, decided_at: now },
    })),
  );
  const escalated = of(
    ({ approvals }) => approvals.escalated,
    ({ stepId, deadlineAt }) => ({ step_id: stepId, deadline_at: deadlineAt }),
  );
  const reminded = of(
    ({ approvals }) => approvals.reminded,
    ({ stepId }) => ({ step_id: stepId }),
  );
  const askings = of(
    ({ approvals }) => approvals.askings,
    ({ stepId, generation, occasion }) => ({ step_id: stepId, generation, occasion }),
  );
  const closed = of(
    ({ approvals, changedSteps }) =>
      [...changedSteps]
        .filter((step) => isApproval(step) && step.status !== 'WAITING')
        .map(({ stepId }) => ({ stepId, status: approvals.closed.get(stepId) ?? 'CANCELLED' })),
    ({ stepId, status }) => ({ step_id: stepId, status }),
  );
  const json = (rows: readonly object[]) => [JSON.stringify(rows)];
  return [
    ...(begun.length > 0 ? [client.query({ ...INSERT, values: json(begun) })] : []),
    ...(decided.length > 0 ? [client.query({ ...DECIDE, values: json(decided) })] : []),
    ...(escalated.length > 0 ? [client.query({ ...ESCALATE, values: json(escalated) })] : []),
    ...(reminded.length > 0 ? [client.query({ ...REMIND, values: json(reminded) })] : []),
    ...(askings.length > 0 ? [client.query({ ...TELL, values: json(askings) })] : []),
    ...(closed.length > 0 ? [client.query({ ...CLOSE, values: json(closed) })] : []),
  ];
}
