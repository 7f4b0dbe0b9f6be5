import { inTransaction } from '@flowmesh/platform/database';
import { newId } from '@flowmesh/platform/ids';
import type { Pool } from 'pg';
import { nextTime } from '../schedule/schedule.ts';
import type { FiringStatus, TriggerMisfire } from '../trigger-record.ts';
import { MISSED, NEVER_AGAIN } from './reasons.ts';

/** Triggers in one transaction. */
const AT_ONCE = 100;
/** A time that passed longer ago was missed: the product was not running. */
const MISSED_AFTER_MS = 60_000;

interface DueRow {
  readonly id: string;
  readonly cron: string;
  readonly time_zone: string;
  readonly misfire: TriggerMisfire;
  readonly next_due_at: Date;
}

/**
 * Notes the times of schedules that have come, each once: the firing and the next time are written together, whatever is killed
 * and however many processes do it. Gives how many triggers had such a time; fewer than 100 when there are no more.
 */
export async function noteDueSchedules(pool: Pool, now: Date): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<DueRow>(
      `select id, cron, time_zone, misfire::text, next_due_at from workflow_triggers
       where status = 'ACTIVE' and next_due_at is not null and next_due_at <= $1
       order by next_due_at limit ${AT_ONCE} for no key update skip locked`,
      [now],
    );
    if (rows.length === 0) return 0;
    const noted = rows.map((row) => note(row, now));
    await client.query(
      `insert into workflow_trigger_firings (id, trigger_id, occasion, cause, status, reason, due_at, created_at)
       select c.firing_id, c.id, c.occasion, 'SCHEDULE', c.status, nullif(c.reason, 'null'), c.due_at, $2
       from jsonb_to_recordset($1::jsonb) c(
         firing_id text, id text, occasion text, status workflow_trigger_firing_status, reason jsonb, due_at timestamptz)
       on conflict (trigger_id, occasion) do nothing`,
      [JSON.stringify(noted), now],
    );
    await client.query(
      `update workflow_triggers t
       set next_due_at = c.next_due_at,
           status = case when c.next_due_at is null then 'PAUSED' else t.status end,
           paused_reason = case when c.next_due_at is null then $2::jsonb end
       from jsonb_to_recordset($1::jsonb) c(id text, next_due_at timestamptz) where t.id = c.id`,
      [JSON.stringify(noted), NEVER_AGAIN],
    );
    return rows.length;
  });
}

function note({ id, cron, time_zone: zone, misfire, next_due_at: dueAt }: DueRow, now: Date) {
  const isMissed = now.getTime() - dueAt.getTime() > MISSED_AFTER_MS;
  const isSkipped = isMissed && misfire === 'SKIP';
  const status: FiringStatus = isSkipped ? 'SKIPPED' : 'PENDING';
  return {
    firing_id: newId(),
    id,
    occasion: `schedule:${dueAt.toISOString()}`,
    status,
    reason: isSkipped ? MISSED : null,
    due_at: dueAt,
    // Of several that were missed, one counts; a time that has only just passed was not missed.
    next_due_at: nextTime(cron, zone, isMissed ? new Date(now.getTime() - MISSED_AFTER_MS) : dueAt),
  };
}
