import { inTransaction } from '@flowmesh/platform/database';
import type { Pool, PoolClient } from 'pg';
import type { ReportKind } from './delivery-report-service.ts';

export interface ReportSubscription {
  readonly id: string;
  readonly userId: string;
  readonly kind: ReportKind;
  readonly channel: 'EMAIL' | 'IN_APP';
  readonly recipient: string;
  readonly timeZone: string;
  /** Counts everybody's notifications, not only those sent by or to the user. */
  readonly everybody: boolean;
  /** The day or month that is reported next. */
  readonly nextPeriod: string;
  /** When that is. */
  readonly dueAt: Date;
  readonly createdAt: Date;
}

const COLUMNS = `s.id, s.user_id as "userId", s.kind::text, s.channel::text, s.recipient, s.time_zone as "timeZone",
  s.everybody, s.next_period as "nextPeriod", s.due_at as "dueAt", s.created_at as "createdAt"`;

/** In the morning behind its end, by the clock of the subscriber. `period` and `unit` are expressions. */
const dueSql = (period: string, unit: string, zone: string) =>
  `((${period} || case ${unit} when 'month' then '-01' else '' end)::timestamp + ('1 ' || ${unit})::interval
    + interval '6 hours') at time zone ${zone}`;

/** Who gets the report of each day or month. */
export class ReportSubscriptionStore {
  constructor(private readonly pool: Pool) {}

  async ofUser(userId: string): Promise<ReportSubscription[]> {
    const sql = `select ${COLUMNS} from report_subscriptions s where s.user_id = $1 order by s.created_at, s.id limit 100`;
    return (await this.pool.query<ReportSubscription>(sql, [userId])).rows;
  }

  /** Begins with the day or month that it is now. The same subscription again only changes its time zone and scope. */
  async subscribe(
    subscription: Omit<ReportSubscription, 'nextPeriod' | 'dueAt' | 'createdAt'>,
  ): Promise<ReportSubscription> {
    const { id, userId, kind, channel, recipient, timeZone, everybody } = subscription;
    const { rows } = await this.pool.query<ReportSubscription>(
      `insert into report_subscriptions as s
         (id, user_id, kind, channel, recipient, time_zone, everybody, next_period, due_at)
       select $1, $2, $3::report_kind, $4::channel, $5, $6, $7, p.period, ${dueSql('p.period', 'p.unit', '$6')}
       from (select to_char(now() at time zone $6, case $3 when 'MONTHLY' then 'YYYY-MM' else 'YYYY-MM-DD' end) as period,
         case $3 when 'MONTHLY' then 'month' else 'day' end as unit) p
       on conflict (user_id, kind, channel, recipient) do update
         set time_zone = excluded.time_zone, everybody = excluded.everybody
       returning ${COLUMNS}`,
      [id, userId, kind, channel, recipient, timeZone, everybody],
    );
    return rows[0] as ReportSubscription;
  }

  async unsubscribe(userId: string, id: string): Promise<boolean> {
    const sql = 'delete from report_subscriptions where id = $1 and user_id = $2';
    return ((await this.pool.query(sql, [id, userId])).rowCount ?? 0) > 0;
  }

  /**
   * Takes one whose report is due; `send` stores it in the same transaction, in which the next period is written. So
   * each period is reported once, whoever dies. False when none was due.
   */
  sendDue(send: (tx: PoolClient, subscription: ReportSubscription) => Promise<void>): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<ReportSubscription>(
        `select ${COLUMNS} from report_subscriptions s where s.due_at <= now()
         order by s.due_at, s.id limit 1 for update skip locked`,
      );
      const [subscription] = rows;
      if (!subscription) return false;
      await send(tx, subscription);
      await tx.query(
        `update report_subscriptions s set next_period = n.period, due_at = ${dueSql('n.period', 'n.unit', 's.time_zone')}
         from (
           select u.unit, to_char((r.next_period || case u.unit when 'month' then '-01' else '' end)::date
             + ('1 ' || u.unit)::interval, case u.unit when 'month' then 'YYYY-MM' else 'YYYY-MM-DD' end) as period
           from report_subscriptions r, lateral (select case r.kind when 'MONTHLY' then 'month' else 'day' end as unit) u
           where r.id = $1
         ) n
         where s.id = $1`,
        [subscription.id],
      );
      return true;
    });
  }
}
