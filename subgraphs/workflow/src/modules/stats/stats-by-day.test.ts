import { readFile } from 'node:fs/promises';
import { startTestDatabase, type TestDatabase } from '../../testing/test-database.ts';

const MIGRATIONS = new URL('../../../../../prisma/workflow/migrations/', import.meta.url);
const HOURS = ['20261130580000_stats', '20261130651800_costs'];
const DAYS = '20261201031200_stats_by_day';

let database: TestDatabase;
beforeAll(async () => (database = await startTestDatabase()));
afterAll(() => database.stop());

const migration = (name: string) => readFile(new URL(`${name}/migration.sql`, MIGRATIONS), 'utf8');

test('hours that were summed up before become days, in UTC, and no figure changes', async () => {
  const { pool } = database;
  await pool.query(`
    drop table workflow_stats_days, workflow_stats_steps, workflow_stats_changes, workflow_stats_calls;
    drop function workflow_stats_sum`);
  for (const name of HOURS) await pool.query(await migration(name));
  await pool.query(`
    insert into workflows (id, owner_id, name, type, status, updated_at) values ('w', 'o', 'w', 'SEQUENTIAL', 'ACTIVE', now());
    insert into workflow_stats_hours
      select 'w', hour::timestamptz, 'o', 3, 2, 1, 0, 0.5, 3, 1.5, 1, '{"7": 1, "9": 1}', '{"0": 3}', '{"2026-01-31 COMPLETED": 2}', 0.1
      from unnest(array['2026-01-31T00:00Z', '2026-01-31T23:00Z', '2026-02-01T00:00Z']) hour;
    insert into workflow_stats_steps
      select 'w', 's', hour::timestamptz, 'o', 2, 1, 0.5, 1, '{"7": 2}', 0.1
      from unnest(array['2026-01-31T22:00Z', '2026-01-31T23:00Z']) hour;
    insert into workflow_stats_changes (workflow_id, owner_id, hour, started) values ('w', 'o', '2026-01-31T23:00Z', 1)`);
  // A server may be anywhere.
  await pool.query(`set time zone 'Asia/Tokyo'; ${await migration(DAYS)}; reset time zone`);
  const read = async (table: string) =>
    (await pool.query<{ row: object }>(`select to_jsonb(t) as row from ${table} t order by day`)).rows.map(
      ({ row }) => row,
    );
  expect(await read('workflow_stats_days')).toMatchObject([
    {
      ...{
        day: '2026-01-31',
        started: 6,
        completed: 4,
        failed: 2,
        duration_ms: 1,
        waited: 6,
        waited_ms: 3,
        retries: 2,
      },
      ...{ durations: { 7: 2, 9: 2 }, waits: { 0: 6 }, ended: { '2026-01-31 COMPLETED': 4 }, cost_usd: 0.2 },
    },
    { day: '2026-02-01', started: 3, durations: { 7: 1, 9: 1 }, cost_usd: 0.1 },
  ]);
  expect(await read('workflow_stats_steps')).toMatchObject([
    { day: '2026-01-31', completed: 4, failed: 2, duration_ms: 1, retries: 2, durations: { 7: 4 }, cost_usd: 0.2 },
  ]);
  expect(await read('workflow_stats_changes')).toMatchObject([{ day: '2026-01-31', started: 1 }]);
});
