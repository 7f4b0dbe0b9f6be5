import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { Registry } from 'prom-client';
import { redisIsAvailable, silent, startTestRedis, type TestRedis } from '../events/event-test-support.ts';
import { newId } from '../ids/index.ts';
import { currentRequestId, withLogContext } from '../logging/index.ts';
import { createTestDatabases, type TestDatabases } from '../subgraph-testing/test-databases.ts';
import { until } from '../testing/index.ts';
import { createQueueSystem, type QueueSystemOptions } from './queue-system.ts';
import type { QueueSystem } from './types.ts';

/** A promise and the means to end it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const suites = [
  { backend: 'postgres' as const, run: describe },
  { backend: 'redis' as const, run: redisIsAvailable ? describe : describe.skip },
];

for (const { backend, run } of suites) {
  run(`queues on ${backend}`, () => {
    let databases: TestDatabases<'queues'>;
    let redis: TestRedis | undefined;
    let databaseUrl: string;
    let name: string;
    const systems: QueueSystem[] = [];
    const children: ChildProcess[] = [];

    beforeAll(async () => {
      databases = await createTestDatabases('queues');
      databaseUrl = databases.urls.queues;
      if (backend === 'redis') redis = await startTestRedis();
    });

    beforeEach(() => {
      name = `test-${newId()}`;
    });

    afterEach(async () => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
      await Promise.all(systems.splice(0).map((system) => system.close()));
    });

    afterAll(async () => {
      await redis?.stop();
      await databases.drop();
    });

    async function open(options: Partial<QueueSystemOptions> = {}): Promise<QueueSystem> {
      const system = await createQueueSystem({
        redisUrl: redis?.url ?? null,
        platformDatabaseUrl: databaseUrl,
        logger: silent,
        ...options,
      });
      systems.push(system);
      return system;
    }

    async function breakConnections(): Promise<void> {
      if (redis) return redis.breakConnections();
      const admin = new Client({ connectionString: databaseUrl });
      await admin.connect();
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`,
      );
      await admin.end();
    }

    it('runs what was added, with its data and the request id of who added it', async () => {
      const system = await open();
      const seen: unknown[] = [];
      system.worker<{ n: number }>(name, { concurrency: 2 }, async (data, job) => {
        seen.push({ data, id: job.id, requestId: currentRequestId() });
        await Promise.resolve();
      });
      await withLogContext({ requestId: 'req-1' }, () =>
        system.queue<{ n: number }>(name).add({ id: 'execution:1:2', data: { n: 1 } }),
      );
      await until('1 seen', () => seen.length === 1);
      expect(seen).toEqual([{ data: { n: 1 }, id: 'execution:1:2', requestId: 'req-1' }]);
      expect(system.backend).toBe(backend);
      await system.check();
    });

    it('holds an id once while it waits or runs, and takes it again when it is done', async () => {
      const system = await open();
      const queue = system.queue<number>(name);
      const ran: number[] = [];
      const first = gate();
      for (const data of [1, 2, 3]) await queue.add({ id: '7', data });
      expect(await queue.counts()).toEqual({ waiting: 1, delayed: 0, active: 0 });

      system.worker<number>(name, { concurrency: 1 }, async (data) => {
        ran.push(data);
        if (ran.length === 1) await first.opened;
      });
      await until('1 ran', () => ran.length === 1);
      await queue.add({ id: '7', data: 4 });
      expect(await queue.remove('7')).toBe(false);
      first.open();
      await until('none is active', async () => (await queue.counts()).active === 0);
      expect(ran).toEqual([1]);

      await queue.add({ id: '7', data: 5 });
      await until('2 ran', () => ran.length === 2);
      expect(ran).toEqual([1, 5]);
    });

    it('runs a failed job once, and takes its id again', async () => {
      const system = await open();
      const queue = system.queue<null>(name);
      let runs = 0;
      system.worker<null>(name, { concurrency: 1 }, () => Promise.reject(new Error(`run ${(runs += 1)}`)));
      await queue.add({ id: 'a', data: null });
      await until('it has run', async () => runs === 1 && (await queue.counts()).active === 0);
      await queue.add({ id: 'a', data: null });
      await until('it has run twice', () => runs === 2);
    });

    it('takes urgent jobs first, delayed ones when due, and lets waiting ones be removed', async () => {
      const system = await open();
      const queue = system.queue<string>(name);
      const added = performance.now();
      await queue.addBulk([
        { id: 'default', data: 'default' },
        { id: 'default-2', data: 'default-2' },
        { id: 'second', data: 'second', priority: 2 },
        { id: 'first', data: 'first', priority: 1 },
        { id: 'gone', data: 'gone', priority: 1 },
        { id: 'gone-later', data: 'gone-later', delayMs: 60_000 },
        { id: 'later', data: 'later', delayMs: 700 },
      ]);
      expect(await queue.counts()).toEqual({ waiting: 5, delayed: 2, active: 0 });
      expect(await Promise.all(['gone', 'gone-later', 'never-there'].map((id) => queue.remove(id)))).toEqual([
        true,
        true,
        false,
      ]);
      const ran: string[] = [];
      system.worker<string>(name, { concurrency: 1 }, (data) => Promise.resolve(void ran.push(data)));
      await until('5 ran', () => ran.length === 5);
      expect(ran).toEqual(['first', 'second', 'default', 'default-2', 'later']);
      expect(performance.now() - added).toBeGreaterThanOrEqual(690);
    });

    it('gives the jobs of a killed process to another within ten seconds', async () => {
      const system = await open();
      const fixture = join(__dirname, 'fixtures', 'run-worker.ts');
      const child = spawn(process.execPath, ['--import', 'tsx', fixture, redis?.url ?? '-', databaseUrl, name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      let taken = '';
      child.stdout.on('data', (chunk: Buffer) => (taken += chunk.toString()));
      const ids = ['a', 'b', 'c', 'd', 'e'];
      // Waits for the connection; whoever adds a job does not.
      await system.queue<null>(name).counts();
      await system.queue<null>(name).addBulk(ids.map((id) => ({ id, data: null })));
      await until('5 were taken', () => taken.trim().split('\n').length === 5);

      const ran: string[] = [];
      system.worker<null>(name, { concurrency: 5 }, (_data, job) => Promise.resolve(void ran.push(job.id)));
      child.kill('SIGKILL');
      await until('5 ran', () => ran.length === 5);
      expect(ran.sort()).toEqual(ids);
    });

    it('waits for running jobs when stopped, and aborts them at the deadline', async () => {
      const system = await open();
      const events: string[] = [];
      const worker = system.worker<null>(name, { concurrency: 1 }, async (_data, { signal }) => {
        events.push('started');
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        events.push('aborted');
      });
      await system.queue<null>(name).addBulk([
        { id: 'a', data: null },
        { id: 'b', data: null },
      ]);
      await until('1 events', () => events.length === 1);
      await worker.stop(100);
      expect(events).toEqual(['started', 'aborted']);
      expect(await system.queue<null>(name).counts()).toEqual({ waiting: 1, delayed: 0, active: 0 });
    });

    it('lets one process at a time run a repeated task, at its pace, and goes on without it', async () => {
      const [one, two] = await Promise.all([open(), open()]);
      const starts: { by: string; at: number }[] = [];
      let running = 0;
      let most = 0;
      const task = (by: string) => async (): Promise<void> => {
        most = Math.max(most, (running += 1));
        starts.push({ by, at: performance.now() });
        await new Promise((resolve) => setTimeout(resolve, 150));
        running -= 1;
        if (starts.length === 2) throw new Error('a failed turn does not end the turns');
      };
      const first = one.repeat(name, 100, task('one'));
      two.repeat(name, 100, task('two'));
      await until('6 starts', () => starts.length >= 6);
      expect(most).toBe(1);
      await first.stop();
      const before = starts.length;
      await until('3 more starts', () => starts.length >= before + 3);
      expect(starts.slice(before).every(({ by }) => by === 'two')).toBe(true);
    });

    it('does not repeat more often than asked, however many processes there are', async () => {
      const all = await Promise.all([open(), open(), open()]);
      let runs = 0;
      for (const system of all) system.repeat(name, 400, () => Promise.resolve(void (runs += 1)));
      const begun = performance.now();
      await until('it has run 4 times', () => runs === 4);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(1_150);
    });

    it('loses jobs on purpose only when told to', async () => {
      const system = await open({ faults: { dropRate: 1, repeatRate: 0 } });
      await system.queue<null>(name).addBulk([{ id: 'a', data: null }]);
      expect(await system.queue<null>(name).counts()).toEqual({ waiting: 0, delayed: 0, active: 0 });
    });

    it('tells Prometheus what waits and how long jobs took', async () => {
      const metrics = new Registry();
      const system = await open({ metrics });
      const queue = system.queue<null>(name);
      system.worker<null>(name, { concurrency: 1 }, () => Promise.resolve());
      await queue.add({ id: 'a', data: null });
      await queue.add({ id: 'b', data: null, delayMs: 60_000 });
      await until('it is measured', async () =>
        (await metrics.metrics()).includes(`flowmesh_queue_job_seconds_count{queue="${name}"`),
      );
      const text = await metrics.metrics();
      expect(text).toContain(`flowmesh_queue_jobs_added_total{queue="${name}"} 2`);
      expect(text).toContain(`flowmesh_queue_job_seconds_count{queue="${name}",outcome="done"} 1`);
      expect(text).toContain(`flowmesh_queue_jobs{queue="${name}",state="delayed"} 1`);
    });

    it('goes on after its connections broke', async () => {
      const system = await open();
      const ran: string[] = [];
      system.worker<null>(name, { concurrency: 2 }, (_data, job) => Promise.resolve(void ran.push(job.id)));
      await system.queue<null>(name).add({ id: 'before', data: null });
      await until('1 ran', () => ran.length === 1);
      await breakConnections();
      await until('what came after has run', () =>
        system
          .queue<null>(name)
          .add({ id: 'after', data: null })
          .then(
            () => ran.includes('after'),
            () => false,
          ),
      );
    });

    if (backend === 'redis') {
      it('goes on after Redis lost everything', async () => {
        const system = await open();
        const ran: string[] = [];
        const held = gate();
        system.worker<null>(name, { concurrency: 2 }, async (_data, job) => {
          ran.push(job.id);
          if (job.id === 'held') await held.opened;
        });
        await system.queue<null>(name).add({ id: 'held', data: null });
        await until('1 ran', () => ran.length === 1);
        await redis?.flush();
        held.open();
        await system.queue<null>(name).add({ id: 'after', data: null });
        await until('what came after has run', () => ran.includes('after'));
      });

      it('lets its jobs end, and stops within seconds while Redis is gone', async () => {
        const gone = await startTestRedis();
        const system = await open({ redisUrl: gone.url });
        const held = gate();
        const ran: string[] = [];
        // As many as a process has: each waited for nine seconds.
        const workers = ['a', 'b', 'c'].map((suffix) =>
          system.worker<null>(`${name}-${suffix}`, { concurrency: 2 }, async (_data, job) => {
            ran.push(`${job.id} begins`);
            await held.opened;
            ran.push(`${job.id} ends`);
          }),
        );
        await system.queue<null>(`${name}-a`).add({ id: 'last', data: null });
        await until('it runs', () => ran.length === 1);
        await gone.stop();
        await until('the end of Redis is noticed', () =>
          system.check().then(
            () => false,
            () => true,
          ),
        );
        const begun = performance.now();
        const stopped = (async () => {
          for (const worker of workers) await worker.stop();
          await system.close();
        })();
        held.open();
        await stopped;
        expect(ran).toEqual(['last begins', 'last ends']);
        expect(performance.now() - begun).toBeLessThan(9_000);
      }, 60_000);
    }
  });
}

it('says that a store cannot be reached', async () => {
  await expect(
    createQueueSystem({ redisUrl: null, platformDatabaseUrl: 'postgresql://a:b@127.0.0.1:1/x', logger: silent }),
  ).rejects.toThrow('ECONNREFUSED');
});
