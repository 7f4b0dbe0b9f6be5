import type { PoolClient } from 'pg';
import type { Command } from '../commands.ts';
import type { Turn } from '../turn.ts';
import { waitsForEvent } from './wait-transitions.ts';

/** Signals that are kept for one execution until a step takes them. */
export const MAX_KEPT_SIGNALS = 200;

/** Locked, as steps of different executions may be given the same one: those of bodies share what their workflow is told. */
const FREE_SIGNALS = {
  name: 'engine-free-signals',
  text: `select id from workflow_signals where id = any($1::text[]) and consumed_at is null order by id for update`,
};

/** In the order in which the executions were locked; none beyond what is kept, and none twice for a key. */
const INSERT_SIGNALS = {
  name: 'engine-insert-signals',
  text: `insert into workflow_signals (id, execution_id, name, payload, sent_by_id, idempotency_key, request_digest)
         select c.id, c.execution_id, c.name, nullif(c.payload, 'null'), c.sent_by_id, c.idempotency_key, c.request_digest
         from (
           select *, row_number() over (partition by execution_id order by place) as nth
           from jsonb_to_recordset($1::jsonb) as given(
             place int, id text, execution_id text, name text, payload jsonb, sent_by_id text, idempotency_key text,
             request_digest text)
         ) c
         where c.nth + (select count(*) from workflow_signals s
                        where s.execution_id = c.execution_id and s.consumed_at is null) <= ${MAX_KEPT_SIGNALS}
         order by c.place
         on conflict (execution_id, idempotency_key) do nothing`,
};

const CONSUME_SIGNALS = {
  name: 'engine-consume-signals',
  text: `update workflow_signals s set consumed_at = clock_timestamp(), step_id = c.step_id, generation = c.generation
         from jsonb_to_recordset($1::jsonb) c(signal_id text, step_id text, generation int) where s.id = c.signal_id`,
};

const INSERT_WAITS = {
  name: 'engine-insert-waits',
  text: `insert into workflow_event_waits (execution_id, step_id, generation, failures, event, is_domain_event, match_key,
                                           starter_id)
         select c.execution_id, c.step_id, c.generation, c.failures, c.event, c.is_domain_event, c.match_key, c.starter_id
         from jsonb_to_recordset($1::jsonb) c(
           execution_id text, step_id text, generation int, failures int, event text, is_domain_event boolean,
           match_key text, starter_id text)
         on conflict (execution_id, step_id) do update
         set generation = excluded.generation, failures = excluded.failures, event = excluded.event,
             is_domain_event = excluded.is_domain_event, match_key = excluded.match_key, looked_at = null,
             created_at = clock_timestamp()`,
};

const END_WAITS = {
  name: 'engine-end-waits',
  text: `delete from workflow_event_waits w using unnest($1::text[], $2::text[]) e(execution_id, step_id)
         where w.execution_id = e.execution_id and w.step_id = e.step_id`,
};

/** Reads, after the executions are locked, which of the signals that commands name are still there to be taken. */
export async function readFreeSignals(client: PoolClient, commands: readonly Command[]): Promise<Set<string>> {
  const ids = commands.flatMap((command) => (command.kind === 'event-arrived' ? [command.signalId] : []));
  if (ids.length === 0) return new Set();
  const { rows } = await client.query<{ id: string }>({ ...FREE_SIGNALS, values: [ids] });
  return new Set(rows.map(({ id }) => id));
}

/** All statements are sent before this returns. */
export function writeWaits(client: PoolClient, turns: readonly Turn[]): Promise<unknown>[] {
  const signals = turns.flatMap(({ state, waits }) => waits.signals.map((each) => ({ execution: state.id, each })));
  const consumed = turns.flatMap(({ waits }) => waits.consumed);
  const begun = turns.flatMap(({ state, waits }) => waits.begun.map((each) => ({ execution: state.id, ...each })));
  const ended = turns.flatMap(({ state, changedSteps }) =>
    [...changedSteps]
      .filter((step) => waitsForEvent(step) && step.status !== 'WAITING')
      .map(({ stepId }) => ({ execution: state.id, stepId })),
  );
  const json = (rows: readonly unknown[]) => [JSON.stringify(rows)];
  return [
    ...(signals.length > 0 ? [client.query({ ...INSERT_SIGNALS, values: json(signals.map(toSignalRow)) })] : []),
    ...(consumed.length > 0
      ? [
          client.query({
            ...CONSUME_SIGNALS,
            values: json(
              consumed.map(({ signalId, stepId, generation }) => ({
                signal_id: signalId,
                step_id: stepId,
                generation,
              })),
            ),
          }),
        ]
      : []),
    ...(begun.length > 0 ? [client.query({ ...INSERT_WAITS, values: json(begun.map(toWaitRow)) })] : []),
    ...(ended.length > 0
      ? [
          client.query({
            ...END_WAITS,
            values: [ended.map(({ execution }) => execution), ended.map(({ stepId }) => stepId)],
          }),
        ]
      : []),
  ];
}

type Signal = Turn['waits']['signals'][number];
type Begun = Turn['waits']['begun'][number];

const toSignalRow = ({ execution, each }: { readonly execution: string; readonly each: Signal }, place: number) => ({
  place,
  id: each.id,
  execution_id: execution,
  name: each.name,
  payload: each.payload ?? null,
  sent_by_id: each.sentById,
  idempotency_key: each.idempotencyKey,
  request_digest: each.requestDigest,
});

const toWaitRow = ({ execution, stepId, key, wait }: Begun & { readonly execution: string }) => ({
  execution_id: execution,
  step_id: stepId,
  generation: key.generation,
  failures: key.failures,
  event: wait.event,
  is_domain_event: wait.isDomainEvent,
  match_key: wait.matchKey,
  starter_id: wait.starterId,
});
