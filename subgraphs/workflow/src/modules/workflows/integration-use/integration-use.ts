import { isDeepStrictEqual } from 'node:util';
import { appendEvents, type SqlExecutor } from '@flowmesh/platform/events';
import { integrationUseChanged } from '@flowmesh/platform/integration-use';

/** Id of an integration, the operation of it that a step calls, and whether the execution goes on when the step fails. */
type CallPair = readonly [integrationId: string, operation: string | null, goesOn: boolean];
/** Names of the operations that are called, by integration. */
type Operations = Readonly<Record<string, readonly string[]>>;

interface UserRow {
  readonly name: string;
  readonly owner_id: string;
  readonly integration_ids: string[];
  readonly integration_operations: Operations;
  readonly dispensable_operations: Operations;
  readonly told_name: string | null;
  readonly calls: readonly CallPair[];
  readonly calls_before: readonly CallPair[];
  /** Integrations whose reports start executions of it. */
  readonly reporting: readonly string[];
}

/** Whether the execution goes on when the step fails. */
const GOES_ON = `(s.continue_on_failure or cardinality(s.on_failure) > 0)`;
/** The integrations and operations that a step calls, or what undoes it, or steps inside of it. */
const CALLED = `cross join lateral (
  select s.config as called, ${GOES_ON} as goes_on where s.step_type = 'INTEGRATION'
  union all
  select s.compensation->'config', false where s.compensation->>'stepType' = 'INTEGRATION'
  union all
  select q->'config', ${GOES_ON} or jsonb_path_exists(q, 'lax $ ? (@.continueOnFailure == true || @.onFailure.size() > 0)')
  from jsonb_path_query(s.config, 'lax $.steps[*].** ? (@.stepType == "INTEGRATION")') q
  where s.step_type in ('FOR_EACH', 'LOOP')
) u where u.called->>'integrationId' is not null`;
const PAIRS = `coalesce(jsonb_agg(distinct jsonb_build_array(u.called->>'integrationId', btrim(u.called->>'operation'), u.goes_on)), '[]')`;
const ACTIVE = `('PENDING', 'RUNNING', 'PAUSED', 'WAITING')`;

/**
 * Tells the integration domain which integrations and operations a workflow uses, if that has changed: those of its current
 * version, and of earlier ones of which executions have not ended, and those whose reports its triggers wait for. In the
 * transaction that changes the workflow or a trigger of it, under the lock of its row.
 */
export async function tellOfUse(tx: SqlExecutor, workflowId: string): Promise<void> {
  const { rows } = await tx.query(
    `select w.name, w.owner_id, w.integration_ids, w.integration_operations, w.dispensable_operations, w.use_told_name as told_name,
            (select ${PAIRS} from (select * from workflow_steps where workflow_id = w.id and version = w.version) s
             ${CALLED}) as calls,
            (select ${PAIRS}
             from (select distinct workflow_version from workflow_executions
                   where workflow_id = w.id and workflow_version <> w.version and status in ${ACTIVE}) e
             join workflow_steps s on s.workflow_id = w.id and s.version = e.workflow_version ${CALLED}) as calls_before,
            array(select distinct integration_id from workflow_triggers
                  where workflow_id = w.id and integration_id is not null) as reporting
     from workflows w where w.id = $1 for no key update of w`,
    [workflowId],
  );
  const [row] = rows as UserRow[];
  if (!row) return;
  const reporting = row.reporting.map((id): CallPair => [id, null, false]);
  const calls = [...row.calls, ...row.calls_before, ...reporting];
  const operations = operationsOf(calls);
  const dispensable = dispensableOf(calls);
  const integrationIds = Object.keys(operations);
  const isSame =
    isDeepStrictEqual(operations, row.integration_operations) &&
    isDeepStrictEqual(dispensable, row.dispensable_operations) &&
    isDeepStrictEqual(integrationIds, [...row.integration_ids].sort()) &&
    (integrationIds.length === 0 || row.told_name === row.name);
  // An execution of the version before may begin in the same moment: what it used is looked at once more.
  const now = operationsOf([...row.calls, ...reporting]);
  const isGone = ([id, names]: readonly [string, readonly string[]]) => names.some((each) => !now[id]?.includes(each));
  const looksAgain =
    row.calls_before.length > 0 ||
    row.integration_ids.some((id) => !now[id]) ||
    Object.entries(row.integration_operations).some(isGone);
  const { rows: told } = await tx.query(
    `update workflows set integration_ids = $2::text[], integration_operations = $3::jsonb, use_told_name = name,
       use_looks_again = $4, use_version = use_version + $5, dispensable_operations = $6::jsonb
     where id = $1 returning use_version as version`,
    [workflowId, integrationIds, JSON.stringify(operations), looksAgain, isSame ? 0 : 1, JSON.stringify(dispensable)],
  );
  const [{ version } = { version: 0 }] = told as { version: number }[];
  if (isSame) return;
  await appendEvents(tx, [changed(workflowId, { ...row, version }, operations, dispensable)]);
}

/** In the order of the ids and names. */
function operationsOf(calls: readonly CallPair[]): Operations {
  const namesOf = (id: string) => calls.flatMap(([integrationId, name]) => (integrationId === id && name) || []);
  const ids = [...new Set(calls.map(([integrationId]) => integrationId))].sort();
  return Object.fromEntries(ids.map((id) => [id, [...new Set(namesOf(id))].sort()]));
}

/** Of the operations, those for which there is no step whose failure ends the execution. */
function dispensableOf(calls: readonly CallPair[]): Operations {
  const fatal = operationsOf(calls.filter(([, , goesOn]) => !goesOn));
  const others = Object.entries(operationsOf(calls.filter(([, , goesOn]) => goesOn)));
  return Object.fromEntries(others.map(([id, names]) => [id, names.filter((name) => !fatal[id]?.includes(name))]));
}

/** The workflow is being deleted, in this transaction. */
export async function tellOfNoUse(tx: SqlExecutor, workflowId: string): Promise<void> {
  const { rows } = await tx.query(
    'select name, owner_id, use_version + 1 as version from workflows where id = $1 and use_version > 0 for update',
    [workflowId],
  );
  const [row] = rows as (Pick<UserRow, 'name' | 'owner_id'> & { version: number })[];
  if (row) await appendEvents(tx, [changed(workflowId, row, {}, {})]);
}

const changed = (
  id: string,
  { name, owner_id: ownerId, version }: Pick<UserRow, 'name' | 'owner_id'> & { readonly version: number },
  operations: Operations,
  dispensable: Operations,
) =>
  integrationUseChanged({
    kind: 'WORKFLOW',
    ...{ id, name, ownerId, version },
    uses: Object.entries(operations)
      .slice(0, MAX_USES)
      .map(([integrationId, names]) => ({
        ...{ integrationId, hasFallback: false },
        operations: names.slice(0, MAX_OPERATIONS),
        // While it cannot be called, a step waits.
        dispensable: (dispensable[integrationId] ?? []).slice(0, MAX_OPERATIONS),
      })),
  });

/** Of one version there are no more; with those of earlier ones, the rest is told when they have ended. */
const MAX_USES = 200;
/** An integration has no more. */
const MAX_OPERATIONS = 200;
