import { closeSandbox } from '@flowmesh/platform/sandbox';
import fc from 'fast-check';
import { createEngine, ended, startRequest, step, storeWorkflow } from '../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import { applyCommand } from './apply-command.ts';
import type { ClaimedStep, Command } from './commands.ts';
import { createDefinition } from './create-definition.ts';
import type { StepDefinition } from './definition.ts';
import { isExecutionEnded } from './execution-state.ts';
import { settle } from './execution-transitions.ts';
import { newExecution } from './new-execution.ts';
import { Turn } from './turn.ts';

interface PolicyNode {
  readonly step: StepDefinition;
  /** So many attempts fail before one succeeds. */
  readonly failing: number;
}

/** Steps with every policy: conditions, what follows a skipped or failed step, which errors are retried and how often. */
const policyGraphs = fc
  .array(
    fc.record({
      before: fc.array(fc.nat(), { maxLength: 3 }),
      never: fc.integer({ min: 0, max: 4 }),
      goesOn: fc.boolean(),
      failing: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat({ max: 4 }) }),
      retryCount: fc.nat({ max: 3 }),
      retried: fc.integer({ min: 0, max: 3 }),
      tolerated: fc.integer({ min: 0, max: 5 }),
      handlers: fc.array(fc.nat(), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((nodes) => {
    const handlersOf = nodes.map(({ handlers, tolerated }, index) => {
      const later = nodes.length - index - 1;
      return later > 0 && tolerated > 1 ? [...new Set(handlers.map((n) => `s${index + 1 + (n % later)}`))] : [];
    });
    return nodes.map(({ before, never, goesOn, failing, retryCount, retried, tolerated }, index): PolicyNode => {
      const caught = handlersOf.flatMap((handlers, at) => (handlers.includes(`s${index}`) ? [`s${at}`] : []));
      const earlier = index === 0 ? [] : before.map((n) => `s${n % index}`);
      const nonRetryableErrors = retried === 0 ? ['EXPRESSION'] : ['SOMETHING_ELSE'];
      return {
        failing,
        step: step(`s${index}`, {
          dependencies: [...new Set([...earlier, ...caught])],
          condition: never === 0 ? 'false' : null,
          onSkip: goesOn ? 'CONTINUE' : 'SKIP_FOLLOWERS',
          onFailure: handlersOf[index] ?? [],
          continueOnFailure: tolerated === 0,
          retryCount,
          retryPolicy: { initialDelayMs: 100, maxDelayMs: 1_000, multiplier: 3, nonRetryableErrors },
        }),
      };
    });
  });

const attemptsOf = ({ step: { retryCount, retryPolicy }, failing }: PolicyNode): number =>
  1 + Math.min(failing, retryPolicy.nonRetryableErrors.includes('EXPRESSION') ? 0 : retryCount);

/** What must become of each step: of the steps after one whose failure ends the execution, nothing. */
function expectedOfPolicies(nodes: readonly PolicyNode[]) {
  const status: Record<string, string> = {};
  /** Whether what follows a step runs. */
  const open: Record<string, boolean> = {};
  for (const node of nodes) {
    const { id, dependencies, condition, onSkip, onFailure, continueOnFailure } = node.step;
    if (dependencies.some((before) => ['FATAL', 'NEVER'].includes(status[before] ?? ''))) {
      status[id] = 'NEVER';
      continue;
    }
    const caught = nodes.filter((each) => each.step.onFailure.includes(id)).map((each) => each.step.id);
    const caughtOne = caught.some((before) => status[before] === 'FAILED');
    const led = dependencies.length === 0 || caughtOne || dependencies.some((before) => open[before]);
    const runs = led && (caught.length === 0 || caughtOne) && condition === null;
    const fails = node.failing >= attemptsOf(node);
    if (!runs) {
      status[id] = 'SKIPPED';
      open[id] = led && onSkip === 'CONTINUE';
    } else if (!fails) {
      status[id] = 'COMPLETED';
      open[id] = true;
    } else {
      status[id] = continueOnFailure || onFailure.length > 0 ? 'FAILED' : 'FATAL';
      open[id] = continueOnFailure;
    }
  }
  return { status, fatal: Object.keys(status).filter((id) => status[id] === 'FATAL') };
}

test('policies: retries, skipped steps and caught failures give what they say, in whatever order workers come', () => {
  const orders = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(policyGraphs, orders, (nodes, order) => {
      const steps = nodes.map((node) => node.step);
      const definition = createDefinition({ workflowId: 'w', version: 1, config: {}, contextMode: 'GIVEN', steps });
      const state = newExecution({ ...startRequest(definition), id: 'e' }, new Date(0));
      const claims: ClaimedStep[] = [];
      let now = 1_000_000;
      const pick = (limit: number): number => order.next().value % limit;
      const turn = () => new Turn(definition, state, new Date((now += 10)), 900_000, () => 0.5);
      const act = (command: Command, inline = 0) => {
        claims.push(...applyCommand(turn(), command, { inline }).claimed);
      };
      settle(turn());
      for (let round = 0; round < 5_000 && !isExecutionEnded(state.status); round += 1) {
        const stepId = `s${pick(steps.length)}`;
        const claimed = claims[pick(claims.length || 1)];
        switch (pick(4)) {
          case 0:
            act({ kind: definition.byId.get(stepId)?.condition ? 'skip' : 'claim', stepId });
            break;
          case 1: {
            if (!claimed) break;
            const { stepId: id, token, key } = claimed;
            const failed = key.failures < (nodes.find((node) => node.step.id === id)?.failing ?? 0);
            const error = { code: 'EXPRESSION', message: '' };
            if (failed) act({ kind: 'fail', stepId: id, token, error, retryable: true }, pick(3));
            else act({ kind: 'complete', stepId: id, token, result: 1 }, pick(3));
            break;
          }
          case 2:
            // Processes are lost now and then, but not three times in one attempt.
            if (pick(4) === 0) now += 10_000;
            act({ kind: 'expire', stepId });
            for (const each of state.steps.values()) each.recoveries = 0;
            break;
          case 3:
            now += 1_000;
            // Some orders would pause it for ever.
            act({ kind: pick(2) === 0 && round < 4_000 ? 'pause' : 'resume' });
            break;
        }
      }
      const { status, fatal } = expectedOfPolicies(nodes);
      if (fatal.length > 0) {
        expect(state.status).toBe('FAILED');
        expect(fatal).toContain(state.error?.stepId);
      } else {
        expect(state.status).toBe('COMPLETED');
        expect(Object.fromEntries([...state.steps].map(([id, each]) => [id, each.status]))).toEqual(status);
      }
      for (const node of nodes) {
        const each = state.steps.get(node.step.id);
        const begun = each?.status === 'COMPLETED' || each?.status === 'FAILED';
        if (begun) expect([node.step.id, each.attempts]).toEqual([node.step.id, attemptsOf(node)]);
      }
    }),
    { numRuns: 300 },
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

  test('policies: what is skipped, and what is caught', async () => {
    const { pool } = database;
    const queues = createLocalQueues();
    const { engine, work } = createEngine(pool, queues);
    const worker = await work();
    try {
      const samples = fc.sample(policyGraphs, { numRuns: 40, seed: 11 }).map((nodes) =>
        // An expression that is wrong is not tried again.
        nodes.map(({ step: each, failing }) => ({
          failing: failing > 0 ? 9 : 0,
          step: { ...each, config: { expression: failing > 0 ? '$error("no")' : '1' } },
        })),
      );
      const executions = await Promise.all(
        samples.map(async (nodes) => {
          const request = startRequest(
            await storeWorkflow(
              pool,
              nodes.map((node) => node.step),
            ),
          );
          await engine.start(request);
          return { nodes, id: request.id };
        }),
      );
      for (const { nodes, id } of executions) {
        const { status, fatal } = expectedOfPolicies(nodes);
        const execution = await ended(pool, id);
        if (fatal.length === 0) expect(execution).toMatchObject({ status: 'COMPLETED', steps: status });
        else expect(execution).toMatchObject({ status: 'FAILED', error: { code: 'EXPRESSION' } });
      }
    } finally {
      await worker.stop();
    }
  });
});
