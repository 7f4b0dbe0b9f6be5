import type { QueueJob } from '@flowmesh/platform/queue';
import { createEngine, startRequest, step, storeWorkflow } from '../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import type { Definition } from './definition.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(() => database.pool.query(`update workflow_executions set status = 'CANCELLED'`));

/** An engine whose jobs nobody takes, and in which order the queue would give them out. */
async function engineThatWaits() {
  const jobs: QueueJob<unknown>[] = [];
  const queues = createLocalQueues((job) => jobs.push(job) > 0);
  const { engine } = createEngine(database.pool, queues);
  const definition = await storeWorkflow(database.pool, [step('one')]);
  const starters = new Map<string, string>();
  const start = async (startedById: string, count: number, of: Definition = definition) => {
    const requests = Array.from({ length: count }, () => ({ ...startRequest(of), startedById }));
    for (const { id } of requests) starters.set(id, startedById);
    await Promise.all(requests.map((request) => engine.start(request)));
  };
  const order = () =>
    jobs
      .map((job, at) => ({ job, at }))
      .sort((a, b) => (a.job.priority ?? Infinity) - (b.job.priority ?? Infinity) || a.at - b.at)
      .map(({ job }) => starters.get((job.data as { executionId: string }).executionId));
  return { start, order };
}

test('10,000 executions of one user do not delay the one of another', async () => {
  const { start, order } = await engineThatWaits();
  await start('ann', 10_000);
  await start('bob', 1);
  expect(order().indexOf('bob')).toBe(1);
}, 60_000);

test('users take turns, each with as many as the other, until one has no more', async () => {
  const { start, order } = await engineThatWaits();
  await start('ann', 50);
  await start('bob', 20);
  await start('carl', 5);
  const begun = order();
  const among = (count: number) =>
    Object.fromEntries(
      ['ann', 'bob', 'carl'].map((who) => [who, begun.slice(0, count).filter((each) => each === who).length]),
    );
  expect(among(15)).toEqual({ ann: 5, bob: 5, carl: 5 });
  expect(among(45)).toEqual({ ann: 20, bob: 20, carl: 5 });
  expect(among(75)).toEqual({ ann: 50, bob: 20, carl: 5 });
});

test('who comes later takes turns with what still waits, and has saved up none', async () => {
  const { start, order } = await engineThatWaits();
  await start('ann', 30);
  await database.pool.query(
    `update workflow_executions set status = 'RUNNING' where started_by_id = 'ann' and status = 'PENDING' and turn <= 20`,
  );
  await start('bob', 30);
  // The twenty of ann that have begun are first; ten of each follow in turns, then the rest of bob's.
  const rest = order().slice(20);
  expect(rest.slice(0, 20).filter((who) => who === 'ann')).toHaveLength(10);
  expect(rest.slice(20)).toEqual(Array(20).fill('bob'));
});
