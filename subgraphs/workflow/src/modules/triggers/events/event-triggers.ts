import { newId } from '@flowmesh/platform/ids';
import type { StoredEvent } from '@flowmesh/platform/events';
import type { Pool } from 'pg';
import type { FiringCause, FiringStatus, TriggerEvent, TriggerReason } from '../trigger-record.ts';
import { storageProblem } from '@flowmesh/platform/validation';
import { scopesThatSeeOthers, WEBHOOK_RECEIVED } from '../../event-types/event-types.ts';
import type { WantedEvents } from './wanted-events.ts';

/** Firings of one trigger by events, in a minute at most. */
const MAX_PER_MINUTE = 600;

const TOO_MANY: TriggerReason = {
  code: 'TOO_MANY',
  message: `Further events of this minute do not count: ${MAX_PER_MINUTE} have made the trigger fire.`,
};

interface Concerned {
  readonly id: string;
  readonly recent: number;
}

/** Triggers that may fire now for an event of then ($2), of this owner ($3), or of everybody with one of these scopes ($4). */
const CONCERNED = `
  select t.id, (select count(*)::int from workflow_trigger_firings f
                where f.trigger_id = t.id and f.created_at > $5::timestamptz - interval '1 minute') as recent
  from workflow_triggers t
  where t.status = 'ACTIVE' and t.active_since <= $2 and (t.owner_id = $3 or t.scopes && $4::text[])`;

/** Notes events for the triggers that wait for them; what comes of it is decided later. An event may come twice. */
export class EventTriggers {
  constructor(
    private readonly pool: Pool,
    private readonly wanted: WantedEvents,
    private readonly now: () => Promise<Date>,
  ) {}

  async handle(event: StoredEvent): Promise<void> {
    if (!(await this.wanted.isWanted(event.type, event.occurredAt))) return;
    const now = await this.now();
    const concerned = await this.concerned(event, now);
    if (concerned.length === 0) return;
    const chain = await this.chainOf(event.requestId);
    const cause: FiringCause = event.type === WEBHOOK_RECEIVED ? 'WEBHOOK' : 'EVENT';
    const { id, type, ownerId, occurredAt, payload } = event;
    const noted: TriggerEvent = { id, type, ownerId, occurredAt: occurredAt.toISOString(), payload };
    const problem = storageProblem(noted);
    const unstorable = problem && { code: 'INVALID_INPUT', message: `The event ${problem}.` };
    await this.note(
      concerned.map((trigger) => {
        const tooMany = trigger.recent >= MAX_PER_MINUTE;
        const reason = tooMany ? TOO_MANY : unstorable;
        const status: FiringStatus = reason === null ? 'PENDING' : reason === unstorable ? 'REFUSED' : 'SKIPPED';
        return {
          id: newId(),
          trigger_id: trigger.id,
          // One entry of the history stands for all that are too many.
          occasion: tooMany ? `too-many:${now.toISOString().slice(0, 16)}` : `event:${id}`,
          cause,
          status,
          reason,
          due_at: occurredAt,
          created_at: now,
          event: reason ? null : noted,
          chain,
        };
      }),
    );
  }

  /** Active triggers that wait for it, of users who may see it by what they had when they made the trigger. */
  private async concerned({ type, ownerId, occurredAt, payload }: StoredEvent, now: Date): Promise<Concerned[]> {
    const { integrationId = null } = payload as { readonly integrationId?: string | null };
    const rest = [occurredAt, ownerId, scopesThatSeeOthers(type), now];
    const { rows } =
      type === WEBHOOK_RECEIVED
        ? await this.pool.query<Concerned>(`${CONCERNED} and t.integration_id = $1`, [integrationId, ...rest])
        : await this.pool.query<Concerned>(`${CONCERNED} and t.event_type = $1`, [type, ...rest]);
    return rows;
  }

  /** The triggers whose executions have led to what was done for this request: theirs has the id of the firing. */
  private async chainOf(requestId: string | undefined): Promise<string[]> {
    if (!requestId) return [];
    const { rows } = await this.pool.query<{ chain: string[]; trigger_id: string }>(
      'select chain, trigger_id from workflow_trigger_firings where id = $1',
      [requestId],
    );
    return rows.flatMap(({ chain, trigger_id: id }) => [...chain, id]);
  }

  private async note(rows: readonly object[]): Promise<void> {
    await this.pool.query(
      `insert into workflow_trigger_firings
         (id, trigger_id, occasion, cause, status, reason, due_at, created_at, event, chain)
       select c.id, c.trigger_id, c.occasion, c.cause, c.status, nullif(c.reason, 'null'), c.due_at, c.created_at,
              nullif(c.event, 'null'), c.chain
       from jsonb_to_recordset($1::jsonb) c(
         id text, trigger_id text, occasion text, cause workflow_trigger_cause, status workflow_trigger_firing_status,
         reason jsonb, due_at timestamptz, created_at timestamptz, event jsonb, chain text[])
       join workflow_triggers t on t.id = c.trigger_id
       on conflict (trigger_id, occasion) do nothing`,
      [JSON.stringify(rows)],
    );
  }
}
