import { Queue, Worker, createPostgresBackend, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';
import { createWorkflow, executeWorkflow, transformStep } from '../harness/fixtures.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { createDatabases, withDatabase } from '@flowmesh/platform/database';
import { metric } from '../harness/metrics.ts';
import { startRedis } from '../harness/redis.ts';
import type { Backend } from '../harness/test-config.ts';
import { sql } from '../harness/databases.ts';
import { administrator, type TestUser } from '../harness/users.ts';
import { until } from '@flowmesh/platform/testing';
import type { DbosSettings, Speed } from './dbos.ts';
import { repeat, timed } from './repeat.ts';
import { runScript } from './script.ts';
import { printTable, type Row } from './table.ts';

const CLIENTS = 16;
const COUNTS = { five: 500, fan: 100 } as const;
/** Both take turns, so that what else the machine does concerns both; the figures are those of the round in the middle. */
const ROUNDS = 3;
const DBOS_DATABASE = 'bench_dbos';

const FIVE_STEPS = { steps: Array.from({ length: 5 }, (_, index) => transformStep(`s${index}`, 'input.n')) };
const FAN_OUT = {
  type: 'PARALLEL',
  steps: [
    transformStep('begin', 'input.n'),
    ...Array.from({ length: 20 }, (_, index) => transformStep(`w${index}`, 'input.n', { dependencies: ['begin'] })),
    transformStep('end', 'input.n', { dependencies: Array.from({ length: 20 }, (_, index) => `w${index}`) }),
  ],
};

async function speedOf(product: Product, user: TestUser, definition: object, count: number): Promise<Speed> {
  const workflowId = await createWorkflow(user.graph, { ...definition });
  const run = async (times: number) => {
    const before = await completed(product, workflowId);
    await repeat(times, CLIENTS, () => executeWorkflow(user.graph, workflowId, { input: { n: 1 } }));
    const all = async () => (await completed(product, workflowId)) === before + times;
    await until('all executions end', all, { timeoutMs: 300_000, everyMs: 20 });
  };
  await run(Math.ceil(count / 5));
  const cpuSeconds = () => metric(product.url, 'process_cpu_seconds_total');
  const before = await cpuSeconds();
  const seconds = await timed(() => run(count));
  return { perSecond: count / seconds, cpuMs: (((await cpuSeconds()) - before) * 1_000) / count };
}

const completed = async (product: Product, workflowId: string) =>
  (
    await sql<{ count: number }>(
      product,
      'workflow',
      `select count(*)::int as count from workflow_executions where workflow_id = $1 and status = 'COMPLETED'`,
      [workflowId],
    )
  )[0]!.count;

/** Plain commits of one updated row, by as many clients: what the engine's transactions cannot beat. */
async function commitsPerSecond(databaseUrl: string): Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CLIENTS });
  try {
    await pool.query('drop table if exists bench_rows; create table bench_rows (id int primary key, n int not null)');
    await pool.query('insert into bench_rows select generate_series(1, 1000), 0');
    let id = 0;
    const commit = () => pool.query('update bench_rows set n = n + 1 where id = $1', [(id++ % 1000) + 1]);
    await repeat(500, CLIENTS, commit);
    const count = 5_000;
    return count / (await timed(() => repeat(count, CLIENTS, commit)));
  } finally {
    await pool.query('drop table if exists bench_rows');
    await pool.end();
  }
}

/** Plain BullMQ jobs that do nothing, added one by one and worked off by one worker. */
async function jobsPerSecond(backend: Backend, databaseUrl: string): Promise<number> {
  if (backend === 'redis') {
    const redis = await startRedis();
    const connection = { host: '127.0.0.1', port: Number(new URL(redis.url).port), maxRetriesPerRequest: null };
    return workOff(
      new Queue('bench', { connection }),
      (work) => new Worker('bench', work, { connection, ...WORKER }),
    ).finally(() => redis.stop());
  }
  const schema = 'bullmq_bench';
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  try {
    const client = await pool.connect();
    await runMigrations(client, schema).finally(() => client.release());
    const connection = { connectionString: databaseUrl, max: 20, schema };
    const bull = withBackend(createPostgresBackend);
    return await workOff(
      new bull.Queue('bench', { connection }),
      (work) => new bull.Worker('bench', work, { connection, ...WORKER }),
    );
  } finally {
    await pool.query(`drop schema if exists ${schema} cascade`);
    await pool.end();
  }
}

const WORKER = { concurrency: 50, removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } };

type BenchQueue = Pick<Queue, 'add' | 'close'> & { waitUntilReady(): Promise<unknown> };
type BenchWorker = Pick<Worker, 'close'> & { on(event: 'completed', listener: () => void): unknown };

async function workOff(queue: BenchQueue, startWorker: (work: () => Promise<void>) => BenchWorker): Promise<number> {
  const count = 2_000;
  let done = 0;
  await queue.waitUntilReady();
  const worker = startWorker(async () => undefined);
  worker.on('completed', () => done++);
  try {
    const seconds = await timed(async () => {
      await repeat(count, CLIENTS, () => queue.add('job', { n: 1 }));
      await until('all jobs done', () => done >= count, { timeoutMs: 120_000, everyMs: 5 });
    });
    return count / seconds;
  } finally {
    await worker.close();
    await queue.close();
  }
}

/** DBOS on the same server, in a process of its own. */
async function dbos(databaseUrl: string): Promise<Record<'five' | 'fan', Speed>> {
  await createDatabases(databaseUrl, [DBOS_DATABASE]);
  const settings = { databaseUrl: withDatabase(databaseUrl, DBOS_DATABASE), clients: CLIENTS, ...COUNTS };
  return runScript<Record<'five' | 'fan', Speed>>('./dbos.ts', settings satisfies DbosSettings);
}

/** In the middle by speed, with its ratio to the first of them. */
function rows(speeds: Readonly<Record<string, readonly Speed[]>>): Row[] {
  return Object.entries(speeds).map(([name, rounds]) => {
    const { perSecond, cpuMs } = [...rounds].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(rounds.length / 2)]!;
    return { name, value: perSecond, note: `${cpuMs.toFixed(1)} ms of processor time in its process` };
  });
}

/** Executions a second on each queue backend beside DBOS, and what the stores below do at most in the same run. */
export async function benchmarkEngine(databaseUrl: string, backends: readonly Backend[]): Promise<void> {
  for (const backend of backends) {
    const product = await startProduct({ backend, databaseUrl, env: { NODE_ENV: 'production', LOG_LEVEL: 'warn' } });
    try {
      const user = await administrator(product);
      const peers: Record<'five' | 'fan', Speed>[] = [];
      const own: Record<'five' | 'fan', Speed>[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        peers.push(await dbos(databaseUrl));
        const five = await speedOf(product, user, FIVE_STEPS, COUNTS.five);
        own.push({ five, fan: await speedOf(product, user, FAN_OUT, COUNTS.fan) });
      }
      const titles = {
        five: 'Executions of five steps in a row',
        fan: 'Executions with a fan-out of 20, joined',
      } as const;
      for (const kind of ['five', 'fan'] as const) {
        const of = (each: Record<'five' | 'fan', Speed>) => each[kind];
        const speeds = { 'peer: DBOS, called in its process': peers.map(of), 'through the public graph': own.map(of) };
        printTable(`${titles[kind]}, queue on ${backend}`, '/s', rows(speeds));
      }
      printTable(`What the stores below do, queue on ${backend}`, '/s', [
        { name: 'plain SQL commits', value: await commitsPerSecond(databaseUrl) },
        { name: `plain BullMQ jobs on ${backend}`, value: await jobsPerSecond(backend, databaseUrl) },
      ]);
    } finally {
      await product.stop();
    }
  }
}
