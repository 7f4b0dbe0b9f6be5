import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import { agentStep, createWorkflow, executeWorkflow, executionEnds, registerAgent } from '../harness/fixtures.ts';
import { freezeDatabase } from '../harness/frozen-database.ts';
import { startProduct } from '../harness/product.ts';
import { startTopology } from '../harness/topology.ts';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { makeUser, unique } from '../harness/users.ts';

const STEPS = ['a', 'b', 'c'];
const EXECUTIONS = 20;
/** Longer than all patience. */
const FROZEN_MS = 15_000;
/** Statements are given up after 4 s; whoever waits for a connection then waits for another. */
const TOLD_WITHIN_MS = 14_000;

const folder = mkdtempSync(join(tmpdir(), 'flowmesh-frozen-'));
let server: EmbeddedPostgres;
let sink: HttpDouble;
let thaw: () => void = () => undefined;

beforeAll(async () => {
  server = await startEmbeddedPostgres({ dataDir: folder, logger: createLogger({ level: 'warn', name: 'tests' }) });
  sink = await HttpDouble.start((_call, response) => void setTimeout(() => sendJson(response, { ok: true }), 100));
});
afterEach(() => thaw());
afterAll(async () => {
  await sink?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ALL = ['agent', 'auth', 'notification', 'workflow'];
const TOPOLOGIES = [
  ['one process', startProduct, 503, 'not ready', ALL.map((domain) => `${domain}: database`)],
  ['many processes', startTopology, 200, 'degraded', ALL.map((domain) => `${domain} service`)],
] as const;

test.each(TOPOLOGIES)(
  '%s, the database stands still: told so in seconds, nothing lost or begun anew, and the pace is back with it',
  async (_name, start, http, state, down) => {
    const product = await start({ databaseUrl: server.url });
    try {
      const readiness = async () => {
        const response = await fetch(`${product.url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
        const body = (await response.json()) as { status: string; checks: { name: string; status: string }[] };
        const away = body.checks.filter(({ status }) => status === 'down').map(({ name }) => name);
        return { http: response.status, state: body.status, away };
      };
      const user = await makeUser(product);
      const agent = { name: unique('sink'), type: 'Http', kind: 'HTTP', http: { url: sink.url }, concurrencyLimit: 10 };
      const agentId = await registerAgent(user.graph, agent);
      const workflowId = await createWorkflow(user.graph, {
        steps: STEPS.map((id, index) =>
          agentStep(id, agentId, {
            config: { input: 'input' },
            dependencies: STEPS.slice(Math.max(0, index - 1), index),
          }),
        ),
      });
      const run = unique('run');
      const received = () => sink.calls.filter(({ body }) => body.includes(run));
      const execute = () => executeWorkflow(user.graph, workflowId, { input: { run } });
      const ids = await Promise.all(Array.from({ length: EXECUTIONS }, execute));
      await until('some are under way', () => received().length >= 5);

      thaw = freezeDatabase();
      const since = performance.now();
      const asked = Array.from({ length: 30 }, async (_each, index) => {
        const { status, errors } = await user.graph.ask(`{ agents(first: ${index + 1}) { nodes { id } } }`);
        return { status, codes: errors.map(({ extensions }) => extensions?.code), ms: performance.now() - since };
      });
      const told = await Promise.all(asked);
      expect(new Set(told.flatMap(({ status, codes }) => [status, ...codes]))).toEqual(new Set([503, 'UNAVAILABLE']));
      expect(Math.max(...told.map(({ ms }) => ms))).toBeLessThan(TOLD_WITHIN_MS);
      // The process itself is responsive.
      const alive = performance.now();
      expect((await fetch(`${product.url}/health/live`)).status).toBe(200);
      expect(performance.now() - alive).toBeLessThan(1_000);
      const { away, ...rest } = await readiness();
      expect([rest, away.filter((name) => down.includes(name)).sort()]).toEqual([{ http, state }, down]);
      await delay(Math.max(0, FROZEN_MS - (performance.now() - since)));
      thaw();

      await until('it answers', async () => (await user.graph.ask('{ agents { nodes { id } } }')).status === 200, {
        timeoutMs: 30_000,
      });
      for (const id of ids) {
        expect(await executionEnds(user.graph, id, 90_000)).toMatchObject({ status: 'COMPLETED' });
      }
      // One effect of each step of each execution: the same call may be made again, under the same key.
      const keys = new Set(received().map(({ headers }) => headers['idempotency-key']));
      expect(keys.size).toBe(EXECUTIONS * STEPS.length);
      await until('ready', async () => (await readiness()).state === 'ready', { timeoutMs: 30_000 });
      const again = performance.now();
      expect(await executionEnds(user.graph, await execute(), 30_000)).toMatchObject({ status: 'COMPLETED' });
      expect(performance.now() - again).toBeLessThan(5_000);
      const lines = readFileSync(product.logFile, 'utf8').split('\n');
      expect(lines.filter((line) => line.includes('"level":50'))).toEqual([]);
    } finally {
      thaw();
      await product.stop();
    }
  },
  240_000,
);
