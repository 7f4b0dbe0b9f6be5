import { createEngine, ended, startRequest, step, storeWorkflow } from '../../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../../testing/test-database.ts';
import { Definitions } from '../definitions.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** The second version: the failing step is right, and computes by the settings of that version. */
async function storeSecond(workflowId: string) {
  const { pool } = database;
  await pool.query(
    `insert into workflow_versions (workflow_id, version, type, config, context_mode)
     select workflow_id, 2, type, '{"plus": 10}', context_mode from workflow_versions where workflow_id = $1`,
    [workflowId],
  );
  await pool.query(
    `insert into workflow_steps select (jsonb_populate_record(s, jsonb_build_object('version', 2, 'config',
       case when id = 'b' then '{"expression": "steps.a.result + context.plus"}' else config end))).*
     from workflow_steps s where workflow_id = $1`,
    [workflowId],
  );
  return new Definitions(pool).get(workflowId, 2);
}

const first = () =>
  storeWorkflow(database.pool, [
    step('a', { config: { expression: '1' } }),
    step('b', { dependencies: ['a'], config: { expression: '$error("broken")' }, retryCount: 0 }),
  ]);

test('a process that knows the execution by the version before goes on by the new one', async () => {
  const { pool } = database;
  const { engine, work } = createEngine(pool, createLocalQueues());
  const worker = await work();
  const other = createEngine(
    pool,
    createLocalQueues(() => true),
  ).engine;
  try {
    const definition = await first();
    const { id } = await engine.start(startRequest(definition));
    expect(await ended(pool, id)).toMatchObject({ status: 'FAILED' });
    const second = await storeSecond(definition.workflowId);
    expect(await other.apply(id, { kind: 'move', definition: second, dryRun: false })).toMatchObject({ applied: true });
    // The other process loses its jobs, so that this one finds the step.
    expect(await other.apply(id, { kind: 'retry' })).toMatchObject({ applied: true });
    expect(await ended(pool, id)).toMatchObject({ status: 'COMPLETED', result: 11 });
  } finally {
    await worker.stop();
  }
});

test('what was decided by another version is refused', async () => {
  const { engine } = createEngine(
    database.pool,
    createLocalQueues(() => true),
  );
  const { id } = await engine.start(startRequest(await first()));
  const claim = { kind: 'claim', stepId: 'a' } as const;
  expect(await engine.apply(id, claim, { version: 2 })).toMatchObject({ applied: false, outdated: true, claimed: [] });
  expect(await engine.apply(id, claim, { version: 1 })).toMatchObject({ applied: true, outdated: false });
});
