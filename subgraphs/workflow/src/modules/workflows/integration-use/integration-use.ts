import { isDeepStrictEqual } from 'node:util';
import { appendEvents, type SqlExecutor } from '@flowmesh/platform/events';
import { integrationUseChanged } from '@flowmesh/platform/integration-use';

interface UserRow {
  readonly name: string;
  readonly owner_id: string;
  readonly integration_ids: string[];
  readonly told_name: string | null;
  readonly uses: string[];
  readonly uses_before: string[];
}

/** The integrations that a step calls, or what undoes it, or steps inside of it. */
const USED = `cross join lateral (
  select s.config->>'integrationId' as id where s.step_type = 'INTEGRATION'
  union all
  select s.compensation #>> '{config,integrationId}' where s.compensation->>'stepType' = 'INTEGRATION'
  union all
  select q #>> '{}' from jsonb_path_query(s.config,
    'lax $.steps[*].** ? (@.stepType == "INTEGRATION").config.integrationId') q
  where s.step_type in ('FOR_EACH', 'LOOP')
) u`;
const ACTIVE = `('PENDING', 'RUNNING', 'PAUSED', 'WAITING')`;

/**
 * Tells the integration domain which integrations a workflow uses, if that has changed: those of its current version, and of
 * earlier ones of which executions have not ended. In the transaction that changes the workflow, under the lock of its row.
 */
export async function tellOfUse(tx: SqlExecutor, workflowId: string): Promise<void> {
  const { rows } = await tx.query(
    `select w.name, w.owner_id, w.integration_ids, w.use_told_name as told_name,
            array(select distinct u.id from workflow_steps s ${USED}
                  where s.workflow_id = w.id and s.version = w.version order by 1) as uses,
            array(select distinct u.id
                  from (select distinct workflow_version from workflow_executions
                        where workflow_id = w.id and workflow_version <> w.version and status in ${ACTIVE}) e
                  join workflow_steps s on s.workflow_id = w.id and s.version = e.workflow_version ${USED}
                  order by 1) as uses_before
     from workflows w where w.id = $1 for no key update of w`,
    [workflowId],
  );
  const [row] = rows as UserRow[];
  if (!row) return;
  const integrationIds = [...new Set([...row.uses, ...row.uses_before])].sort();
  const known = [...row.integration_ids].sort();
  const isSame = isDeepStrictEqual(integrationIds, known) && (known.length === 0 || row.told_name === row.name);
  // An execution of the version before may begin in the same moment: what it used is looked at once more.
  const looksAgain = row.uses_before.length > 0 || known.some((id) => !row.uses.includes(id));
  const { rows: told } = await tx.query(
    `update workflows set integration_ids = $2::text[], use_told_name = name, use_looks_again = $3,
       use_version = use_version + $4 where id = $1 returning use_version as version`,
    [workflowId, integrationIds, looksAgain, isSame ? 0 : 1],
  );
  const [{ version } = { version: 0 }] = told as { version: number }[];
  if (isSame) return;
  await appendEvents(tx, [changed(workflowId, { ...row, version }, integrationIds)]);
}

/** The workflow is being deleted, in this transaction. */
export async function tellOfNoUse(tx: SqlExecutor, workflowId: string): Promise<void> {
  const { rows } = await tx.query(
    'select name, owner_id, use_version + 1 as version from workflows where id = $1 and use_version > 0 for update',
    [workflowId],
  );
  const [row] = rows as (Pick<UserRow, 'name' | 'owner_id'> & { version: number })[];
  if (row) await appendEvents(tx, [changed(workflowId, row, [])]);
}

const changed = (
  id: string,
  { name, owner_id: ownerId, version }: Pick<UserRow, 'name' | 'owner_id'> & { readonly version: number },
  integrationIds: readonly string[],
) =>
  integrationUseChanged({
    kind: 'WORKFLOW',
    ...{ id, name, ownerId, version },
    uses: integrationIds.slice(0, MAX_USES).map((integrationId) => ({ integrationId, hasFallback: false })),
  });

/** Of one version there are no more; with those of earlier ones, the rest is told when they have ended. */
const MAX_USES = 200;
