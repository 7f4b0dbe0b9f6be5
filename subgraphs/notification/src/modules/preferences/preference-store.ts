import { inTransaction } from '@flowmesh/platform/database';
import type { Pool, PoolClient } from 'pg';
import type { Channel } from '../../adapters/channel-adapter.ts';
import {
  WEEKDAYS,
  type Judged,
  type PreferenceRule,
  type Preferences,
  type UserSettings,
} from './preference-record.ts';

interface SettingsRow {
  readonly userId: string;
  readonly timeZone: string;
  readonly quietFrom: string | null;
  readonly quietUntil: string | null;
  readonly quietDays: readonly number[];
  readonly language: string | null;
  readonly allowTracking: boolean;
  readonly version: number;
  readonly updatedAt: Date;
}

const SETTINGS = `s.user_id as "userId", s.time_zone as "timeZone", to_char(s.quiet_from, 'HH24:MI') as "quietFrom",
  to_char(s.quiet_until, 'HH24:MI') as "quietUntil", s.quiet_days as "quietDays", s.language,
  s.allow_tracking as "allowTracking", s.version, s.updated_at as "updatedAt"`;
const RULES = `r.user_id as "userId", r.channel::text, nullif(r.category, '') as category, r.is_enabled as "isEnabled",
  r.digest_minutes as "digestMinutes"`;

// Local times are turned into moments by the database, which knows about summer time: what does not exist on the day of
// the change is an hour later, what exists twice is the second.
const JUDGE = `
  select x.n, coalesce(own.is_enabled, general.is_enabled, true) as "isEnabled",
    case when own.user_id is not null then own.digest_minutes else general.digest_minutes end as "digestMinutes",
    exists (
      select 1 from recipient_opt_outs o where o.channel = x.channel::channel and o.recipient = lower(x.recipient)
        and o.category in ('', coalesce(x.category, ''))
    ) as "hasUnsubscribed",
    case
      when s.quiet_from is null then null
      when s.quiet_from < s.quiet_until then case
        when local.clock >= s.quiet_from and local.clock < s.quiet_until and local.day = any(s.quiet_days)
          then (local.date + s.quiet_until) at time zone s.time_zone
      end
      when local.clock >= s.quiet_from and local.day = any(s.quiet_days)
        then (local.date + 1 + s.quiet_until) at time zone s.time_zone
      when local.clock < s.quiet_until and local.day_before = any(s.quiet_days)
        then (local.date + s.quiet_until) at time zone s.time_zone
    end as "quietUntil", coalesce(s.allow_tracking, true) as "allowTracking"
  from jsonb_to_recordset($1::jsonb) as x(n int, "userId" text, channel text, recipient text, category text,
    at timestamptz)
  left join notification_settings s on s.user_id = x."userId"
  left join notification_preferences own on own.user_id = x."userId" and own.channel = x.channel::channel
    and own.category = x.category
  left join notification_preferences general on general.user_id = x."userId" and general.channel = x.channel::channel
    and general.category = ''
  left join lateral (
    select t.moment::time as clock, t.moment::date as date, extract(isodow from t.moment)::int as day,
      extract(isodow from t.moment - interval '1 day')::int as day_before
    from (select coalesce(x.at, now()) at time zone s.time_zone as moment) t
  ) local on true
  order by x.n`;

/** What is known of one judged notification. */
export interface Wishes {
  readonly isEnabled: boolean;
  readonly digestMinutes: number | null;
  readonly hasUnsubscribed: boolean;
  readonly quietUntil: Date | null;
  readonly allowTracking: boolean;
}

export interface PreferenceChange {
  readonly settings: UserSettings;
  readonly rules: readonly PreferenceRule[];
}

/** What users wish for. */
export class PreferenceStore {
  constructor(private readonly pool: Pool) {}

  /** Of those who have said something. */
  async findMany(userIds: readonly string[]): Promise<Preferences[]> {
    const [settings, rules] = await Promise.all([
      this.pool.query<SettingsRow>(`select ${SETTINGS} from notification_settings s where s.user_id = any($1)`, [
        userIds,
      ]),
      this.pool.query<PreferenceRule & { userId: string }>(
        `select ${RULES} from notification_preferences r where r.user_id = any($1) order by r.channel, r.category`,
        [userIds],
      ),
    ]);
    return settings.rows.map((row) => toPreferences(row, rules.rows));
  }

  /** Of those who have named one. */
  async languagesOf(userIds: readonly string[]): Promise<Map<string, string>> {
    const { rows } = await this.pool.query<{ id: string; language: string }>(
      'select user_id as id, language from notification_settings where user_id = any($1) and language is not null',
      [userIds],
    );
    return new Map(rows.map(({ id, language }) => [id, language]));
  }

  /** In the order they came. */
  async judge(notifications: readonly Judged[]): Promise<Wishes[]> {
    const rows = notifications.map(({ userId, channel, recipient, category, at }, n) => ({
      n,
      userId,
      channel,
      recipient,
      category,
      at,
    }));
    return (await this.pool.query<Wishes>(JUDGE, [JSON.stringify(rows)])).rows;
  }

  /** Writes only if nobody has changed them since this version; null otherwise. The rules replace those there were. */
  replace(userId: string, version: number, { settings, rules }: PreferenceChange): Promise<Preferences | null> {
    return inTransaction(this.pool, async (tx) => {
      const { timeZone, quietHours, language, allowTracking } = settings;
      const days = (quietHours?.days ?? WEEKDAYS).map((day) => WEEKDAYS.indexOf(day) + 1);
      const { rows } = await tx.query<SettingsRow>(
        `insert into notification_settings as s
           (user_id, time_zone, quiet_from, quiet_until, quiet_days, language, allow_tracking, version)
         values ($1, $3, $4::time, $5::time, $6, $7, $8, 1)
         on conflict (user_id) do update set time_zone = excluded.time_zone, quiet_from = excluded.quiet_from,
           quiet_until = excluded.quiet_until, quiet_days = excluded.quiet_days, language = excluded.language,
           allow_tracking = excluded.allow_tracking, version = s.version + 1, updated_at = now()
         where s.version = $2
         returning ${SETTINGS}`,
        [userId, version, timeZone, quietHours?.from ?? null, quietHours?.until ?? null, days, language, allowTracking],
      );
      const row = rows[0];
      // A row that was made meanwhile has another version than the one that was read.
      if (!row || row.version !== version + 1) return null;
      await tx.query('delete from notification_preferences where user_id = $1', [userId]);
      await this.insertRules(tx, userId, rules);
      return toPreferences(
        row,
        rules.map((rule) => ({ ...rule, userId })),
      );
    });
  }

  /** Switches one category of a channel off, all of it when null. Other wishes stay. */
  async disable(userId: string, channel: Channel, category: string | null): Promise<void> {
    await inTransaction(this.pool, async (tx) => {
      await tx.query(
        `insert into notification_settings as s (user_id) values ($1)
         on conflict (user_id) do update set version = s.version + 1, updated_at = now()`,
        [userId],
      );
      await tx.query(
        `insert into notification_preferences as r (user_id, channel, category, is_enabled) values ($1, $2::channel, $3, false)
         on conflict (user_id, channel, category) do update set is_enabled = false`,
        [userId, channel, category ?? ''],
      );
    });
  }

  private async insertRules(tx: PoolClient, userId: string, rules: readonly PreferenceRule[]): Promise<void> {
    if (rules.length === 0) return;
    await tx.query(
      `insert into notification_preferences (user_id, channel, category, is_enabled, digest_minutes)
       select $1, x.channel::channel, coalesce(x.category, ''), x."isEnabled", x."digestMinutes"
       from jsonb_to_recordset($2::jsonb) as x(channel text, category text, "isEnabled" boolean, "digestMinutes" int)`,
      [userId, JSON.stringify(rules)],
    );
  }
}

function toPreferences(
  row: SettingsRow,
  rules: readonly (PreferenceRule & { readonly userId: string })[],
): Preferences {
  const { userId, quietFrom, quietUntil, quietDays, ...settings } = row;
  const days = quietDays.flatMap((day) => WEEKDAYS[day - 1] ?? []);
  return {
    ...settings,
    userId,
    quietHours: quietFrom === null || quietUntil === null ? null : { from: quietFrom, until: quietUntil, days },
    rules: rules
      .filter((rule) => rule.userId === userId)
      .map(({ channel, category, isEnabled, digestMinutes }) => ({ channel, category, isEnabled, digestMinutes })),
  };
}
