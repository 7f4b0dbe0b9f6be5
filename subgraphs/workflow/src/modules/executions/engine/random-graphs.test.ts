import { closeSandbox } from '@flowmesh/platform/sandbox';
import fc from 'fast-check';
import { createEngine, ended, readEvents, startRequest, storeWorkflow } from '../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../testing/local-queues.ts';
import { graphs } from '../../../testing/random-steps.ts';
import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import { applyCommand } from './apply-command.ts';
import type { ClaimedStep, Command } from './commands.ts';
import { createDefinition } from './create-definition.ts';
import type { StepDefinition } from './definition.ts';
import { settle } from './execution-transitions.ts';
import { newExecution } from './new-execution.ts';
import { Turn } from './turn.ts';

/** What must become of each step. */
function expected(steps: readonly StepDefinition[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { id, dependencies, condition } of steps) {
    const unreached = dependencies.length > 0 && dependencies.every((before) => found[before] === 'SKIPPED');
    found[id] = unreached || condition ? 'SKIPPED' : 'COMPLETED';
  }
  return found;
}

/** Every step ended once, and after all it depends on. */
function checkOrder(steps: readonly StepDefinition[], endings: readonly string[]): void {
  expect([...endings].sort()).toEqual(steps.map(({ id }) => id).sort());
  for (const { id, dependencies } of steps) {
    for (const before of dependencies) expect(endings.indexOf(before)).toBeLessThan(endings.indexOf(id));
  }
}

test('whatever workers do, in whatever order: each step is applied once, after those before it', () => {
  const orders = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(graphs, orders, (steps, order) => {
      const definition = createDefinition({ workflowId: 'w', version: 1, config: {}, contextMode: 'GIVEN', steps });
      const state = newExecution({ ...startRequest(definition), id: 'e' }, new Date(0));
      const claims: ClaimedStep[] = [];
      const endings: string[] = [];
      let now = 1_000_000;
      const pick = (limit: number): number => order.next().value % limit;
      const turn = () => new Turn(definition, state, new Date((now += 10)), 900_000, () => 0.5);
      const act = (command: Command, inline = 0) => {
        const at = turn();
        const outcome = applyCommand(at, command, { inline });
        claims.push(...outcome.claimed);
        for (const { type, stepId } of at.events) {
          if (type === 'STEP_COMPLETED' || type === 'STEP_SKIPPED') endings.push(stepId ?? '');
        }
      };
      settle(turn());
      for (let round = 0; round < 5_000 && state.status !== 'COMPLETED'; round += 1) {
        const stepId = `s${pick(steps.length)}`;
        const claimed = claims[pick(claims.length || 1)];
        const token = claimed?.token ?? '';
        switch (pick(6)) {
          case 0:
            act({ kind: definition.byId.get(stepId)?.condition ? 'skip' : 'claim', stepId });
            break;
          case 1:
          case 2:
            if (claimed) act({ kind: 'complete', stepId: claimed.stepId, token, result: 1 }, pick(3));
            break;
          case 3: {
            const error = { code: 'X', message: '' };
            if (claimed && pick(4) === 0) act({ kind: 'fail', stepId: claimed.stepId, token, error, retryable: true });
            now += 500_000;
            // Retries are endless here; in earnest they are bounded.
            for (const each of state.steps.values()) each.failures = 0;
            break;
          }
          case 4:
            if (pick(3) === 0) now += 10_000;
            act({ kind: 'expire', stepId });
            for (const each of state.steps.values()) each.recoveries = 0;
            break;
          case 5:
            act({ kind: pick(2) === 0 ? 'pause' : 'resume' });
            break;
        }
      }
      act({ kind: 'resume' });
      expect(state.status).toBe('COMPLETED');
      expect(Object.fromEntries([...state.steps].map(([id, { status }]) => [id, status]))).toEqual(expected(steps));
      checkOrder(steps, endings);
    }),
    { numRuns: 200 },
  );
});

describe('on the database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(async () => {
    await closeSandbox();
    await database.stop();
  });

  test('two processes, a fifth of the jobs lost', async () => {
    const { pool } = database;
    let dice = 1;
    const queues = createLocalQueues(() => (dice = (dice * 48_271) % 2_147_483_647) % 5 === 0);
    const processes = [createEngine(pool, queues), createEngine(pool, createLocalQueues())] as const;
    const workers = await Promise.all(processes.map(({ work }) => work()));
    try {
      const samples = fc.sample(graphs, { numRuns: 40, seed: 7 });
      const executions = await Promise.all(
        samples.map(async (steps, index) => {
          const request = startRequest(await storeWorkflow(pool, steps));
          await processes[index % 2 === 0 ? 0 : 1].engine.start(request);
          return { steps, id: request.id };
        }),
      );
      for (const { steps, id } of executions) {
        const execution = await ended(pool, id);
        expect(execution).toMatchObject({ status: 'COMPLETED', steps: expected(steps) });
        const events = await readEvents(pool, id);
        expect(events).toHaveLength(execution.event_seq);
        const endings = events.filter((event) => /^step\.(completed|skipped)/.test(event));
        checkOrder(
          steps,
          endings.map((event) => event.split(' ')[1] ?? ''),
        );
      }
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
    }
  });
});
