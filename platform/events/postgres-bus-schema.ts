import type { Pool } from 'pg';

/** Told with the number of the newest event, and the types of the new ones unless there are many; LISTEN to it. */
export const CHANNEL = 'flowmesh_bus';

// Locks of the platform database that belong to the bus: (7031, 2) its tables, (7031, 3) publishing; those of groups
// have 7032 and a hash of the name.
const SCHEMA = `
  begin;
  select pg_advisory_xact_lock(7031, 2);
  create schema if not exists bus;
  create table if not exists bus.bus_events (
    id bigserial primary key,
    event_id text not null unique,
    type text not null,
    event jsonb not null,
    published_at timestamptz(3) not null default clock_timestamp()
  );
  create table if not exists bus.consumers (
    name text primary key,
    position bigint not null default 0,
    updated_at timestamptz(3) not null default clock_timestamp()
  );
  create or replace function bus.publish(batch jsonb) returns void language plpgsql as $$
  declare
    newest bigint;
    types text;
  begin
    -- One publisher at a time: numbers then appear in ascending order, and a reader that goes by them misses nothing,
    -- however long other transactions stay open.
    perform pg_advisory_xact_lock(7031, 3);
    with added as (
      insert into bus.bus_events (event_id, type, event)
      select e.event->>'id', e.event->>'type', e.event
      from jsonb_array_elements(batch) with ordinality as e(event, n)
      order by e.n
      on conflict (event_id) do nothing
      returning id, type
    )
    select max(id), string_agg(distinct type, ',') into newest, types from added;
    if newest is not null then
      perform pg_notify('${CHANNEL}', newest::text || case when octet_length(types) < 7000 then ' ' || types else '' end);
    end if;
  end $$;
  commit;`;

/** Creates what the bus needs in the platform database; any number of processes may do so at the same time. */
export async function prepareBusSchema(pool: Pool): Promise<void> {
  const client = await pool.connect();
  let broken: Error | boolean = false;
  try {
    await client.query(SCHEMA);
  } catch (error) {
    broken = true;
    throw error;
  } finally {
    client.release(broken);
  }
}
