import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import { RESERVED_OF_WINDOW, STANDING_COLUMNS } from './budget-ledger.ts';
import { budgetConditionSql, type BudgetQuery } from './budget-query.ts';
import type { BudgetRecord, BudgetStanding, BudgetValues } from './budget-record.ts';

/** Each call looks at all of them. */
export const MOST_OF_SUBJECT = 20;

const COLUMNS = `b.id, b.owner_id as "ownerId", b.name, b.scope::text, b.subject_id as "subjectId", b.period::text,
  b.max_tokens::float8 as "maxTokens", b.max_cost_usd as "maxCostUsd", b.max_calls as "maxCalls", b.max_seconds as "maxSeconds",
  b.warn_at_percent as "warnAtPercent", b.version, b.created_at as "createdAt", b.updated_at as "updatedAt"`;

interface StandingRow {
  readonly budgetId: string;
  readonly tokens: number;
  readonly costUsd: number;
  readonly calls: number;
  readonly milliseconds: number;
  readonly reservedTokens: number;
  readonly reservedCostUsd: number;
  readonly reservedCalls: number;
  readonly reservedMilliseconds: number;
  readonly warnedAt: Date | null;
  readonly exceededAt: Date | null;
}

/** Budgets as people set them. What calls take of them is in budget-ledger.ts. */
export class BudgetStore {
  readonly list: SqlList<BudgetRecord, BudgetQuery, 'createdAt'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: 'budgets b',
      where: budgetConditionSql,
      orderColumns: { createdAt: 'b.created_at' },
      idColumn: 'b.id',
    });
  }

  async find(id: string): Promise<BudgetRecord | null> {
    const { rows } = await this.pool.query<BudgetRecord>(`select ${COLUMNS} from budgets b where b.id = $1`, [id]);
    return rows[0] ?? null;
  }

  /** Null when the subject has as many as it may have. */
  create(id: string, ownerId: string, values: BudgetValues): Promise<BudgetRecord | null> {
    return inTransaction(this.pool, async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`budgets:${values.subjectId}`]);
      const { rows } = await tx.query<BudgetRecord>(
        `insert into budgets as b (id, owner_id, name, scope, subject_id, period, max_tokens, max_cost_usd, max_calls, max_seconds,
           warn_at_percent)
         select $1, $2, $3, $4::budget_scope, $5, $6::budget_period, $7, $8, $9, $10, $11
         where (select count(*) from budgets where subject_id = $5) < ${MOST_OF_SUBJECT}
         returning ${COLUMNS}`,
        [
          ...[id, ownerId, values.name, values.scope, values.subjectId, values.period],
          ...[values.maxTokens, values.maxCostUsd, values.maxCalls, values.maxSeconds, values.warnAtPercent],
        ],
      );
      return rows[0] ?? null;
    });
  }

  /** Null when it was changed or deleted meanwhile. Warnings are told anew. */
  update(id: string, version: number, values: BudgetValues): Promise<BudgetRecord | null> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<BudgetRecord>(
        `update budgets b set name = $3, max_tokens = $4, max_cost_usd = $5, max_calls = $6, max_seconds = $7, warn_at_percent = $8,
           version = b.version + 1, updated_at = now()
         where b.id = $1 and b.version = $2 returning ${COLUMNS}`,
        [
          ...[id, version, values.name],
          ...[values.maxTokens, values.maxCostUsd, values.maxCalls, values.maxSeconds, values.warnAtPercent],
        ],
      );
      await tx.query(
        `update budget_windows set warned_at = null, exceeded_at = null
         where budget_id = $1 and (warned_at is not null or exceeded_at is not null)`,
        [id],
      );
      return rows[0] ?? null;
    });
  }

  async remove(id: string): Promise<boolean> {
    return (await this.pool.query('delete from budgets where id = $1', [id])).rowCount === 1;
  }

  /** Of the run `runId` for budgets of runs, of now for the others; null for a budget of runs without one. In the order of the ids. */
  async standings(ids: readonly string[], runId: string | null): Promise<(BudgetStanding | null)[]> {
    const { rows } = await this.pool.query<StandingRow>(
      `select b.id as "budgetId", ${STANDING_COLUMNS}
       from (
         select id, case period when 'TOTAL' then '' when 'DAY' then to_char(now() at time zone 'UTC', 'YYYY-MM-DD')
           else $2::text end as period_key
         from budgets where id = any($1)
       ) b
       left join budget_windows stored on stored.budget_id = b.id and stored.period_key = b.period_key
       cross join lateral (
         select b.id as budget_id, b.period_key, coalesce(stored.tokens, 0) as tokens, coalesce(stored.cost_usd, 0) as cost_usd,
           coalesce(stored.calls, 0) as calls, coalesce(stored.milliseconds, 0) as milliseconds, stored.warned_at, stored.exceeded_at
       ) w
       left join lateral (${RESERVED_OF_WINDOW}) r on true
       where b.period_key is not null`,
      [ids, runId],
    );
    const found = new Map(rows.map((row) => [row.budgetId, toStanding(row)]));
    return ids.map((id) => found.get(id) ?? null);
  }
}

const toStanding = (row: StandingRow): BudgetStanding => ({
  used: { tokens: row.tokens, costUsd: row.costUsd, calls: row.calls, milliseconds: row.milliseconds },
  reserved: {
    tokens: row.reservedTokens,
    costUsd: row.reservedCostUsd,
    calls: row.reservedCalls,
    milliseconds: row.reservedMilliseconds,
  },
  warnedAt: row.warnedAt,
  exceededAt: row.exceededAt,
});
