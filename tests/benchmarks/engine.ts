import { Queue, Worker, createPostgresBackend, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';
import { createWorkflow, executeWorkflow, transformStep } from '../harness/fixtures.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { startRedis } from '../harness/redis.ts';
import type { Backend } from '../harness/test-config.ts';
import { sql } from '../harness/databases.ts';
import { administrator, type TestUser } from '../harness/users.ts';
import { until } from '@flowmesh/platform/testing';
import { printTable, type Row } from './table.ts';

const CLIENTS = 16;

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

/** Repeats `work` from some callers at once. */
async function repeat(times: number, work: () => Promise<unknown>): Promise<void> {
  let left = times;
  const caller = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: CLIENTS }, caller));
}

const FIVE_STEPS = { steps: Array.from({ length: 5 }, (_, index) => transformStep(`s${index}`, 'input.n')) };
const FAN_OUT = {
  type: 'PARALLEL',
  steps: [
    transformStep('begin', 'input.n'),
    ...Array.from({ length: 20 }, (_, index) => transformStep(`w${index}`, 'input.n', { dependencies: ['begin'] })),
    transformStep('end', 'input.n', { dependencies: Array.from({ length: 20 }, (_, index) => `w${index}`) }),
  ],
};

async function executionsPerSecond(
  product: Product,
  user: TestUser,
  definition: object,
  count: number,
): Promise<number> {
  const workflowId = await createWorkflow(user.graph, { ...definition });
  const run = async (times: number) => {
    const before = await completed(product, workflowId);
    await repeat(times, () => executeWorkflow(user.graph, workflowId, { input: { n: 1 } }));
    const all = async () => (await completed(product, workflowId)) === before + times;
    await until('all executions end', all, { timeoutMs: 300_000, everyMs: 20 });
  };
  await run(Math.ceil(count / 5));
  return count / (await timed(() => run(count)));
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
    await repeat(500, commit);
    const count = 5_000;
    return count / (await timed(() => repeat(count, commit)));
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
      await repeat(count, () => queue.add('job', { n: 1 }));
      await until('all jobs done', () => done >= count, { timeoutMs: 120_000, everyMs: 5 });
    });
    return count / seconds;
  } finally {
    await worker.close();
    await queue.close();
  }
}

/** Executions a second on each queue backend, beside what the stores below do at most in the same run. */
export async function benchmarkEngine(databaseUrl: string, backends: readonly Backend[]): Promise<void> {
  for (const backend of backends) {
    const product = await startProduct({ backend, databaseUrl, env: { NODE_ENV: 'production', LOG_LEVEL: 'warn' } });
    try {
      const user = await administrator(product);
      const five = await executionsPerSecond(product, user, FIVE_STEPS, 400);
      const fan = await executionsPerSecond(product, user, FAN_OUT, 60);
      const rows: Row[] = [
        { name: 'five steps in a row', value: five, note: `${Math.round(five * 5)} steps/s` },
        { name: 'fan-out of 20, joined', value: fan, note: `${Math.round(fan * 22)} steps/s` },
        {
          name: 'peer: plain SQL commits',
          value: await commitsPerSecond(databaseUrl),
          note: 'an execution of five steps needs at least 6',
        },
        { name: `peer: plain BullMQ jobs on ${backend}`, value: await jobsPerSecond(backend, databaseUrl) },
      ];
      printTable(`Workflow executions, queue on ${backend}`, '/s', rows);
    } finally {
      await product.stop();
    }
  }
}
