import type { StoredEvent } from '@flowmesh/platform/events';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { ServiceAwayError } from '@flowmesh/platform/services';
import { newId } from '@flowmesh/platform/ids';
import { createEngine, ended, startRequest, step, storeWorkflow } from '../../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../../testing/test-database.ts';
import type { LogLine } from '../../../logs/log-line.ts';
import { logAgentCall } from '../../agents/agent-lines.ts';
import type { AgentPort } from '../../step-types/step-type.ts';
import type { AgentOutcome } from '../commands.ts';
import { DEFAULT_RETRY_POLICY } from '../definition.ts';
import type { Engine } from '../engine.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

const ask = step('ask', {
  stepType: 'AGENT',
  agentId: 'agent',
  config: {},
  retryCount: 1,
  retryPolicy: { ...DEFAULT_RETRY_POLICY, initialDelayMs: 100, maxDelayMs: 100 },
});

/** An agent whose work ends like this, one attempt after the other. */
function agents(outcomes: readonly (AgentOutcome | Error)[]): AgentPort {
  const left = [...outcomes];
  const known = new Map<string, AgentOutcome>();
  return {
    async begin() {
      const outcome = left.shift();
      if (!outcome || outcome instanceof Error) throw outcome ?? new Error('nothing left');
      const id = newId();
      known.set(id, outcome);
      return id;
    },
    ended: async (ids) => new Map(ids.flatMap((id) => (known.has(id) ? [[id, known.get(id) as AgentOutcome]] : []))),
    stop: async () => undefined,
  };
}

const failed = (message: string): AgentOutcome => ({
  ok: false,
  error: { code: 'AGENT_FAILED', message },
  retryable: true,
});

async function run(port: AgentPort): Promise<{ readonly id: string; readonly engine: Engine }> {
  const { engine, work } = createEngine(database.pool, createLocalQueues(), port);
  const worker = await work();
  try {
    const request = startRequest(await storeWorkflow(database.pool, [ask]));
    await engine.start(request);
    await ended(database.pool, request.id);
    return { id: request.id, engine };
  } finally {
    await worker.stop();
  }
}

async function lines(id: string) {
  const { rows } = await database.pool.query<LogLine & { seq: number; step_id: string }>(
    'select * from workflow_execution_logs where execution_id = $1 order by seq',
    [id],
  );
  return rows;
}

test('a retry is told with its cause and its delay, and the last failure with its code', async () => {
  const { id } = await run(agents([failed('first\u001b[31m'), failed('second')]));
  const found = await lines(id);
  expect(found.map(({ level, message, attempt }) => [level, attempt, message.replace(/in 0\.\d s/, 'in … s')])).toEqual(
    [
      ['INFO', 1, 'Attempt 1 has begun.'],
      ['INFO', 1, 'Waits for its agent.'],
      ['WARN', 1, 'Attempt 1 has failed with AGENT_FAILED: first\uFFFD[31m (the next one begins in … s)'],
      ['INFO', 2, 'Attempt 2 has begun.'],
      ['INFO', 2, 'Waits for its agent.'],
      ['ERROR', 2, 'Attempt 2, the last one, has failed with AGENT_FAILED: second'],
      ['ERROR', null, 'The execution has failed with AGENT_FAILED: second'],
    ],
  );
  expect(found[2]?.data).toEqual({ code: 'AGENT_FAILED', delayMs: expect.any(Number) });
});

test('a wait for a service says for which, and is no failed attempt', async () => {
  const away = new ServiceAwayError('agent', false);
  const { id } = await run(agents([away, { ok: true, result: 1 }]));
  expect((await lines(id)).map(({ message }) => message.replace(/in \d\.\d s/, 'in … s'))).toEqual([
    'Attempt 1 has begun.',
    'Waits for the agent service. It does not answer. It is asked again in … s.',
    'Attempt 1 has begun.',
    'Waits for its agent.',
    'Completed.',
    'Completed.',
  ]);
});

test('lines of agents are written once, however often they arrive, and no line is larger than 8 KB', async () => {
  const { id, engine } = await run(agents([{ ok: true, result: 1 }]));
  const line = (n: number, message: string): LogLine => ({
    ...{ time: new Date(), stepId: 'ask', attempt: 1, level: 'INFO', source: 'TOOL', data: null, message },
    ...{ agentExecutionId: 'work', origin: `work:1:${n}` },
  });
  const big = { ...line(2, 'ä'.repeat(9_000)), data: { text: 'x'.repeat(9_000) } };
  const told = [line(1, 'looks at it'), big];
  expect(await engine.apply(id, { kind: 'log', stepId: 'ask', lines: told })).toMatchObject({ applied: true });
  await engine.apply(id, { kind: 'log', stepId: 'ask', lines: told });
  expect(await engine.apply(id, { kind: 'log', stepId: 'none', lines: told })).toMatchObject({ applied: false });
  const written = (await lines(id)).filter(({ source }) => source === 'TOOL');
  expect(written.map(({ message }) => message.slice(0, 11))).toEqual(['looks at it', 'ä'.repeat(11)]);
  expect(Buffer.byteLength(JSON.stringify(written[1]))).toBeLessThan(8_192);
  expect(written[1]?.data).toEqual({ omitted: '9011 bytes' });
});

test('a call of an agent is told in the logs of its step, once', async () => {
  const { id, engine } = await run(agents([{ ok: true, result: 1 }]));
  const payload = {
    ...{ executionId: 'work', idempotencyKey: `${id}:ask:1.0`, callId: newId(), kind: 'TOOL', name: 'search' },
    ...{ error: { code: 'TIMEOUT', message: 'too slow' }, latencyMs: 12, totalTokens: null },
  };
  const event = { payload, occurredAt: new Date() } as unknown as StoredEvent;
  await logAgentCall(engine, event);
  await logAgentCall(engine, event);
  await logAgentCall(engine, { ...event, payload: { ...payload, idempotencyKey: 'of somebody' } });
  expect((await lines(id)).filter(({ source }) => source !== 'ENGINE')).toMatchObject([
    {
      level: 'WARN',
      attempt: 1,
      step_id: 'ask',
      message: 'The tool search has failed after 12 ms with TIMEOUT: too slow',
    },
  ]);
});
