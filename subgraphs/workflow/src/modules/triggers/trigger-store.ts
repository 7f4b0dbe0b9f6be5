import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction, isUniqueViolation } from '@flowmesh/platform/database';
import type { Pool, PoolClient } from 'pg';
import { tellOfUse } from '../workflows/integration-use/integration-use.ts';
import { triggersSql, type TriggerQuery } from './trigger-query.ts';
import type { TriggerKind, TriggerReason, TriggerRecord, TriggerRights, TriggerValues } from './trigger-record.ts';

const COLUMNS = `
  t.id, t.workflow_id as "workflowId", w.owner_id as "workflowOwnerId", t.owner_id as "ownerId", t.name, t.kind::text,
  t.cron, t.time_zone as "timeZone", t.event_type as "eventType", t.integration_id as "integrationId", t.filter, t.input,
  t.input_expression as "inputExpression", t.overlap::text, t.misfire::text, t.status::text,
  t.paused_reason as "pausedReason", t.scopes, t.role_ids as "roleIds", t.next_due_at as "nextDueAt",
  t.created_at as "createdAt", t.updated_at as "updatedAt"`;
const FROM = 'workflow_triggers t join workflows w on w.id = t.workflow_id';

const NAME_INDEX = 'workflow_triggers_workflow_id_owner_id_name_key';
const PER_WORKFLOW = 20;
const PER_USER = 100;

export interface NewTrigger extends TriggerValues, TriggerRights {
  readonly id: string;
  readonly workflowId: string;
  readonly ownerId: string;
  readonly kind: TriggerKind;
  readonly pausedReason: TriggerReason | null;
  readonly nextDueAt: Date | null;
}

/** What is in the way of a new trigger. */
export type Refusal = 'no workflow' | 'name taken' | 'too many of the workflow' | 'too many of the user';

/** Triggers as people make them; when they fire is kept by the `FiringStore`. */
export class TriggerStore {
  readonly list: SqlList<TriggerRecord, TriggerQuery, 'createdAt'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: FROM,
      where: triggersSql,
      orderColumns: { createdAt: 't.created_at' },
      idColumn: 't.id',
      parent: { column: 't.workflow_id', field: 'workflowId' },
    });
  }

  async findMany(ids: readonly string[]): Promise<TriggerRecord[]> {
    const { rows } = await this.pool.query<TriggerRecord>({
      name: 'triggers-by-id',
      text: `select ${COLUMNS} from ${FROM} where t.id = any($1::text[])`,
      values: [ids],
    });
    return rows;
  }

  async find(id: string): Promise<TriggerRecord | null> {
    return (await this.findMany([id]))[0] ?? null;
  }

  create(trigger: NewTrigger): Promise<TriggerRecord | Refusal> {
    return inTransaction(this.pool, async (client) => {
      const refusal = await this.refusalOf(client, trigger);
      if (refusal) return refusal;
      await client.query(
        `insert into workflow_triggers
           (id, workflow_id, owner_id, kind, status, paused_reason, name, cron, time_zone, event_type, integration_id, filter,
            input, input_expression, overlap, misfire, scopes, role_ids, next_due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
        [
          ...[trigger.id, trigger.workflowId, trigger.ownerId, trigger.kind],
          ...[trigger.pausedReason ? 'PAUSED' : 'ACTIVE', trigger.pausedReason],
          ...valuesOf(trigger),
          ...[trigger.scopes, trigger.roleIds, trigger.nextDueAt],
        ],
      );
      await tell(client, trigger.workflowId, null, trigger.integrationId);
      return readOne(client, trigger.id);
    }).catch(nameTaken);
  }

  /** Null when it is gone. */
  async update(
    id: string,
    values: TriggerValues & TriggerRights,
    nextDueAt: Date | null,
  ): Promise<TriggerRecord | 'name taken' | null> {
    return inTransaction(this.pool, async (client) => {
      const before = await lock(client, id);
      if (!before) return null;
      await client.query(
        `update workflow_triggers
         set name = $2, cron = $3, time_zone = $4, event_type = $5, integration_id = $6, filter = $7, input = $8,
             input_expression = $9, overlap = $10, misfire = $11, scopes = $12, role_ids = $13,
             next_due_at = case when status = 'ACTIVE' then $14::timestamptz end, updated_at = now()
         where id = $1`,
        [id, ...valuesOf(values), values.scopes, values.roleIds, nextDueAt],
      );
      await tell(client, before.workflowId, before.integrationId, values.integrationId);
      return readOne(client, id);
    }).catch(nameTaken);
  }

  /** Nothing changes when it is paused already: why it was, stays. */
  async pause(id: string, reason: TriggerReason): Promise<void> {
    await this.pool.query(
      `update workflow_triggers set status = 'PAUSED', paused_reason = $2, next_due_at = null, updated_at = now()
       where id = $1 and status = 'ACTIVE'`,
      [id, reason],
    );
  }

  async resume(id: string, rights: TriggerRights, nextDueAt: Date | null): Promise<void> {
    await this.pool.query(
      `update workflow_triggers
       set status = 'ACTIVE', paused_reason = null, next_due_at = $2, active_since = now(), updated_at = now(),
           scopes = $3, role_ids = $4
       where id = $1 and status = 'PAUSED'`,
      [id, nextDueAt, rights.scopes, rights.roleIds],
    );
  }

  /** Triggers that wait for reports of an integration that is gone. */
  async pauseOf(integrationId: string, reason: TriggerReason): Promise<void> {
    await this.pool.query(
      `update workflow_triggers set status = 'PAUSED', paused_reason = $2, next_due_at = null, updated_at = now()
       where integration_id = $1 and status = 'ACTIVE'`,
      [integrationId, reason],
    );
  }

  remove(id: string): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const before = await lock(client, id);
      if (!before) return false;
      await client.query('delete from workflow_triggers where id = $1', [id]);
      await tell(client, before.workflowId, before.integrationId, null);
      return true;
    });
  }

  private async refusalOf(client: PoolClient, { workflowId, ownerId }: NewTrigger): Promise<Refusal | null> {
    // Both limits hold, whoever makes triggers at the same time.
    await client.query(`select pg_advisory_xact_lock(hashtextextended('workflow-triggers:' || $1, 0))`, [ownerId]);
    const workflow = await client.query('select 1 from workflows where id = $1 for no key update', [workflowId]);
    if (workflow.rowCount === 0) return 'no workflow';
    const { rows } = await client.query<{ of_workflow: number; of_user: number }>(
      `select (select count(*)::int from workflow_triggers where workflow_id = $1) as of_workflow,
              (select count(*)::int from workflow_triggers where owner_id = $2) as of_user`,
      [workflowId, ownerId],
    );
    if ((rows[0]?.of_workflow ?? 0) >= PER_WORKFLOW) return 'too many of the workflow';
    return (rows[0]?.of_user ?? 0) >= PER_USER ? 'too many of the user' : null;
  }
}

type Place = Pick<TriggerRecord, 'workflowId' | 'integrationId'>;

/** The workflow first, as all who change what it uses. */
async function lock(client: PoolClient, id: string): Promise<Place | null> {
  await client.query(
    'select 1 from workflows where id = (select workflow_id from workflow_triggers where id = $1) for no key update',
    [id],
  );
  const { rows } = await client.query<Place>(
    'select workflow_id as "workflowId", integration_id as "integrationId" from workflow_triggers where id = $1 for update',
    [id],
  );
  return rows[0] ?? null;
}

/** The domain of the integrations learns who waits for their reports. */
async function tell(
  client: PoolClient,
  workflowId: string,
  before: string | null,
  after: string | null,
): Promise<void> {
  if (before !== after) await tellOfUse(client, workflowId);
}

const valuesOf = (values: TriggerValues): unknown[] => [
  ...[values.name, values.cron, values.timeZone, values.eventType, values.integrationId, values.filter],
  ...[values.input === null ? null : JSON.stringify(values.input), values.inputExpression],
  ...[values.overlap, values.misfire],
];

async function readOne(client: PoolClient, id: string): Promise<TriggerRecord> {
  const { rows } = await client.query<TriggerRecord>(`select ${COLUMNS} from ${FROM} where t.id = $1`, [id]);
  const [trigger] = rows;
  if (!trigger) throw new Error('a trigger that was just stored is not there');
  return trigger;
}

function nameTaken(error: unknown): 'name taken' {
  if (isUniqueViolation(error, NAME_INDEX)) return 'name taken';
  throw error;
}
