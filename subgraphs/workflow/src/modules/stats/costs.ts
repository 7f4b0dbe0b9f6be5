import type { StoredEvent } from '@flowmesh/platform/events';
import type { Pool } from 'pg';
import { z } from 'zod';
import { stepIdOf } from '../executions/engine/attempt-key.ts';

/** The event of a call of an agent that has cost something in a workflow. */
export const SPENT = 'agent.spent';

const shape = z.object({
  callId: z.string(),
  workflowId: z.string(),
  idempotencyKey: z.string().nullable(),
  costUsd: z.number(),
  at: z.iso.datetime(),
});

/** Longer than the bus and the outbox keep an event that may come again. */
const KEPT_DAYS = 40;

/** What agents cost in workflows, as the agent domain tells. */
export class Costs {
  constructor(private readonly pool: Pool) {}

  /** Counts each call once, also when its event comes twice. Calls for a workflow that is gone are not counted. */
  async count(event: StoredEvent): Promise<void> {
    const { callId, workflowId, idempotencyKey, costUsd, at } = shape.parse(event.payload);
    const stepId = idempotencyKey === null ? null : stepIdOf(idempotencyKey);
    await this.pool.query(
      `with call as (
         insert into workflow_stats_calls (call_id) values ($1) on conflict do nothing returning call_id
       )
       insert into workflow_stats_changes (workflow_id, owner_id, day, cost_usd, steps)
       select w.id, w.owner_id, ($3::timestamptz at time zone 'UTC')::date, $4::numeric,
              case when $5::text is null then '[]'::jsonb else jsonb_build_array(jsonb_build_object('id', $5::text, 'cost', $4::numeric)) end
       from call cross join workflows w where w.id = $2`,
      [callId, workflowId, at, costUsd, stepId],
    );
  }

  async forget(limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from workflow_stats_calls where call_id in (
         select call_id from workflow_stats_calls where counted_at < now() - make_interval(days => $1)
         order by counted_at limit $2)`,
      [KEPT_DAYS, limit],
    );
    return rowCount ?? 0;
  }
}
