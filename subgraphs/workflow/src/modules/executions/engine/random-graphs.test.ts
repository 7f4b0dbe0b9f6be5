import { closeSandbox } from '@flowmesh/platform/sandbox';
import fc from 'fast-check';
import { createEngine, ended, readEvents, startRequest, step, storeWorkflow } from '../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import { applyCommand } from './apply-command.ts';
import { attemptName } from './attempt-key.ts';
import type { ClaimedStep, Command } from './commands.ts';
import { createDefinition } from './create-definition.ts';
import { type StepDefinition } from './definition.ts';
import { isExecutionEnded, type ExecutionState, type StepState } from './execution-state.ts';
import { settle } from './execution-transitions.ts';
import { Turn } from './turn.ts';

/** Steps that depend on earlier ones only, some behind a condition that is always false. */
const graphs = fc
  .array(fc.record({ before: fc.array(fc.nat(), { maxLength: 3 }), never: fc.integer({ min: 0, max: 5 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((nodes) =>
    nodes.map(({ before, never }, index) =>
      step(`s${index}`, {
        dependencies: index === 0 ? [] : [...new Set(before.map((n) => `s${n % index}`))],
        condition: never === 0 ? 'false' : null,
      }),
    ),
  );

/** What must become of each step. */
function expected(steps: readonly StepDefinition[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { id, dependencies, condition } of steps) {
    const unreached = dependencies.length > 0 && dependencies.every((before) => found[before] === 'SKIPPED');
    found[id] = unreached || condition ? 'SKIPPED' : 'COMPLETED';
  }
  return found;
}

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

/** Every step ended once, and after all it depends on. */
function checkOrder(steps: readonly StepDefinition[], endings: readonly string[]): void {
  expect([...endings].sort()).toEqual(steps.map(({ id }) => id).sort());
  for (const { id, dependencies } of steps) {
    for (const before of dependencies) expect(endings.indexOf(before)).toBeLessThan(endings.indexOf(id));
  }
}

const blank = ({ id, stepType }: StepDefinition): StepState => ({
  stepId: id,
  stepType,
  status: 'PENDING',
  error: null,
  attempts: 0,
  generation: 1,
  failures: 0,
  recoveries: 0,
  waits: 0,
  faults: 0,
  waitingFor: null,
  waitingSince: null,
  waitingReason: null,
  contextVersion: null,
  contextWritten: null,
  unwritten: false,
  agentExecutionId: null,
  agentStops: [],
  agentCheckedAt: null,
  agentUnheardSince: null,
  childrenTotal: null,
  childrenCompleted: 0,
  childrenFailed: 0,
  readyAt: null,
  wakeAt: null,
  deadlineAt: null,
  leaseToken: null,
  leaseExpiresAt: null,
  startedAt: null,
  completedAt: null,
});

function newExecution(steps: readonly StepDefinition[]): ExecutionState {
  return {
    id: 'e',
    workflowId: 'w',
    workflowVersion: 1,
    ownerId: 'o',
    startedById: 'o',
    rights: { scopes: [], roleIds: [], keyId: null },
    requestId: null,
    parent: null,
    rootId: 'e',
    isCompensation: false,
    compensationStatus: 'NONE',
    startGate: null,
    status: 'PENDING',
    error: null,
    eventSeq: 1,
    logSeq: 0,
    createdAt: new Date(0),
    startedAt: null,
    completedAt: null,
    steps: new Map(steps.map((each) => [each.id, blank(each)])),
  };
}

test('whatever workers do, in whatever order: each step is applied once, after those before it', () => {
  const orders = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(graphs, orders, (steps, order) => {
      const definition = createDefinition({ workflowId: 'w', version: 1, config: {}, contextMode: 'GIVEN', steps });
      const state = newExecution(steps);
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

test('policies: retries, skipped steps and caught failures give what they say, in whatever order workers come', () => {
  const orders = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(policyGraphs, orders, (nodes, order) => {
      const steps = nodes.map((node) => node.step);
      const definition = createDefinition({ workflowId: 'w', version: 1, config: {}, contextMode: 'GIVEN', steps });
      const state = newExecution(steps);
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

test('agents: whatever happens, at most one attempt of a step may be at work that is not being stopped', () => {
  const orders = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(graphs, orders, (given, order) => {
      const steps = given.map((each) => ({ ...each, stepType: 'AGENT' as const, agentId: 'x', retryCount: 2 }));
      const definition = createDefinition({ workflowId: 'w', version: 1, config: {}, contextMode: 'GIVEN', steps });
      const state = newExecution(steps);
      const claims: ClaimedStep[] = [];
      /** Attempts, by step, of which it is not known that they did nothing or have ended. */
      const atWork = new Map(steps.map(({ id }) => [id, new Set<string>()]));
      let now = 1_000_000;
      const pick = (limit: number): number => order.next().value % limit;
      const turn = () => new Turn(definition, state, new Date((now += 10)), 60_000, () => 0.5);
      const act = (command: Command) => {
        const { applied, claimed } = applyCommand(turn(), command);
        for (const claim of claimed) atWork.get(claim.stepId)?.add(attemptName(claim.key));
        claims.push(...claimed);
        return applied;
      };
      const check = () => {
        for (const { stepId, status, agentStops, generation, failures } of state.steps.values()) {
          const left = [...(atWork.get(stepId) ?? [])].filter((attempt) => !agentStops.includes(attempt));
          const givenUp = status === 'FAILED' || status === 'CANCELLED';
          const present = givenUp ? null : attemptName({ generation, failures });
          // Much faster than asking `expect` each time.
          if (left.some((attempt) => attempt !== present)) expect({ stepId, status, present, left }).toBeNull();
        }
      };
      settle(turn());
      const error = { code: 'X', message: '' };
      for (let round = 0; round < 150; round += 1) {
        const stepId = `s${pick(steps.length)}`;
        const claimed = claims[pick(claims.length || 1)];
        const token = claimed?.token ?? '';
        const step = state.steps.get(stepId);
        switch (pick(9)) {
          case 0:
          case 1:
            act({ kind: definition.byId.get(stepId)?.condition ? 'skip' : 'claim', stepId });
            break;
          case 2:
          case 3: {
            if (!claimed) break;
            const agentExecutionId = `${claimed.stepId} ${attemptName(claimed.key)}`;
            act({ kind: 'await-agent', stepId: claimed.stepId, token, key: claimed.key, agentExecutionId });
            break;
          }
          case 4:
            if (claimed)
              act({ kind: 'postpone', stepId: claimed.stepId, token, service: 'agent', fault: pick(3) === 0 });
            break;
          case 5:
            // The agent's service has refused: nothing has begun.
            if (claimed && act({ kind: 'fail', stepId: claimed.stepId, token, error, retryable: pick(8) > 0 })) {
              atWork.get(claimed.stepId)?.delete(attemptName(claimed.key));
            }
            break;
          case 6: {
            const agentExecutionId = step?.agentExecutionId;
            if (!agentExecutionId) break;
            const ok = pick(2) === 0;
            const code = pick(2) === 0 ? 'AGENT_STOPPED' : 'AGENT_FAILED';
            const outcome = ok
              ? ({ ok, result: 1 } as const)
              : ({ ok, error: { ...error, code }, retryable: pick(8) > 0 } as const);
            if (act({ kind: 'agent-ended', stepId, agentExecutionId, outcome }) && !ok) {
              atWork.get(stepId)?.delete(agentExecutionId.split(' ')[1] ?? '');
            }
            break;
          }
          case 7:
            now += [10_000, 100_000, 400_000][pick(3)] ?? 0;
            act({ kind: pick(2) === 0 ? 'expire' : 'time-out', stepId });
            break;
          case 8:
            if (pick(10) === 0) act({ kind: 'cancel' });
            else if (pick(3) === 0) act({ kind: 'retry' });
            else act({ kind: pick(2) === 0 ? 'pause' : 'resume' });
            break;
        }
        check();
      }
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
