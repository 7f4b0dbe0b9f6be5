import { createDatabases, createPool, migrateDomain, withDatabase } from '@flowmesh/platform/database';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import { StatsService } from '../../subgraphs/workflow/src/modules/stats/stats-service.ts';
import { StatsStore } from '../../subgraphs/workflow/src/modules/stats/stats-store.ts';
import { printTable, type Row } from './table.ts';

const MIGRATIONS = fileURLToPath(new URL('../../prisma/workflow/migrations', import.meta.url));
const [WORKFLOWS, STEPS, DAYS] = [20, 5, 30];
const HISTORIES = [5_000, 300_000] as const;
const SECONDS = 3;

/** Statistics of 30 days after few and after many executions of five steps, beside counting these executions in SQL. */
export async function benchmarkStats(server: string): Promise<void> {
  await createDatabases(server, ['bench_stats']);
  const url = withDatabase(server, 'bench_stats');
  await migrateDomain(url, MIGRATIONS);
  const pool = createPool(url, { max: 10, applicationName: 'bench', statementTimeoutMs: 600_000 });
  try {
    await pool.query(
      `insert into workflows (id, owner_id, name, type, status, updated_at)
       select 'w' || n, 'o', 'w' || n, 'SEQUENTIAL', 'ACTIVE', now() from generate_series(0, ${WORKFLOWS - 1}) n`,
    );
    await dropIndexes(pool);
    for (const [at, executions] of HISTORIES.entries()) {
      await add(pool, HISTORIES[at - 1] ?? 0, executions);
      await measure(pool, executions);
    }
  } finally {
    await pool.end();
  }
}

/** All but that of the peer: statistics do not read them, and with them a history takes minutes to load. */
async function dropIndexes(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select indexrelid::regclass::text as name from pg_index
     where indrelid = 'workflow_executions'::regclass and not indisunique
       and indexrelid <> 'workflow_executions_owner_id_created_at_id_idx'::regclass`,
  );
  await pool.query('alter table workflow_executions drop constraint if exists workflow_executions_workflow_id_fkey');
  for (const { name } of rows) await pool.query(`drop index ${name}`);
}

/** Executions `from` to `to`, spread evenly over the days, and what the engine would have noted of them. */
async function add(pool: Pool, from: number, to: number): Promise<void> {
  await pool.query(
    `insert into workflow_executions (id, workflow_id, workflow_version, owner_id, started_by_id, starter_scopes, status,
                                      created_at, started_at, completed_at)
     select 'e' || n, 'w' || n % ${WORKFLOWS}, 1, 'o', 'o', '{}', 'COMPLETED', at, at + interval '5 ms',
            at + make_interval(secs => 0.01 + random() * 60)
     from (select n, date_trunc('day', now()) - make_interval(secs => n::float8 / $2 * ${(DAYS - 1) * 86_400}) as at
           from generate_series($1::int, $2::int - 1) n) spread`,
    [from, to],
  );
  await pool.query(
    `insert into workflow_stats_changes (workflow_id, owner_id, day, started, sign, status, ended_on, ms, waited_ms, steps)
     select workflow_id, 'o', (created_at at time zone 'UTC')::date, 1, 1, 'COMPLETED', (completed_at at time zone 'UTC')::date,
            extract(epoch from completed_at - started_at) * 1000, 5,
            (select jsonb_agg(jsonb_build_object('id', 's' || s, 'ms', random() * 1000, 'failed', false, 'retries', 0))
             from generate_series(1, ${STEPS}) s where e.id is not null)
     from workflow_executions e where substr(id, 2)::int between $1 and $2 - 1`,
    [from, to],
  );
  const store = new StatsStore(pool);
  while ((await store.sumUp(5_000)) > 0);
  await pool.query('vacuum analyze');
}

async function measure(pool: Pool, executions: number): Promise<void> {
  const service = new StatsService(new StatsStore(pool));
  const viewer = { ownerId: 'o' };
  const args = { days: DAYS, steps: 10 };
  const bare = async () =>
    void (await pool.query(
      `select status, count(*), percentile_cont(0.95) within group (order by completed_at - started_at)
       from workflow_executions where owner_id = $1 and created_at >= now() - interval '30 days' group by status`,
      [viewer.ownerId],
    ));
  printTable(`Statistics of ${executions.toLocaleString('en')} executions of ${STEPS} steps`, 'a second', [
    { name: 'peer: counting the executions alone in SQL', ...(await run(bare)) },
    { name: 'of all workflows', ...(await run(async () => void (await service.ofOwner(viewer.ownerId, args)))) },
    { name: 'of one workflow', ...(await run(async () => void (await service.ofWorkflows(['w1'], args)))) },
  ]);
}

async function run(work: () => Promise<void>): Promise<Pick<Row, 'value' | 'note'>> {
  await work();
  const times: number[] = [];
  const until = performance.now() + SECONDS * 1_000;
  while (performance.now() < until || times.length < 3) {
    const begun = performance.now();
    await work();
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * (times.length - 1))] ?? 0;
  const total = times.reduce((sum, each) => sum + each, 0);
  return { value: (times.length * 1_000) / total, note: `p50 ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms` };
}
