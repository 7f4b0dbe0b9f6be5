import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import {
  createWorkflow,
  delayStep,
  executeWorkflow,
  executionEnds,
  executionIs,
  transformStep,
} from '../harness/fixtures.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { until } from '@flowmesh/platform/testing';
import { makeUser } from '../harness/users.ts';

const folder = mkdtempSync(join(tmpdir(), 'flowmesh-restart-'));
const logger = createLogger({ level: 'warn', name: 'tests' });
let server: EmbeddedPostgres;
let line: TcpProxy;
let product: Product;

const port = () => Number(new URL(server.url).port);

beforeAll(async () => {
  server = await startEmbeddedPostgres({ dataDir: folder, logger });
  line = await TcpProxy.start(port());
  const url = new URL(server.url);
  url.port = String(line.port);
  product = await startProduct({ databaseUrl: url.href });
});
afterAll(async () => {
  await product?.stop();
  await line?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const readiness = async () => (await fetch(`${product.url}/health/ready`)).status;

test('the product says it is not ready while the database is away, and goes on when it is back', async () => {
  const user = await makeUser(product);
  const messages = user.graph.subscribe<{ workflowExecutionEvents: { type: string | null } }>(
    'subscription { workflowExecutionEvents { type } }',
  );
  await messages.next();
  const workflowId = await createWorkflow(user.graph, {
    steps: [
      delayStep('wait', 3),
      ...Array.from({ length: 4 }, (_, index) => transformStep(`s${index}`, String(index))),
    ],
  });
  const ids = await Promise.all(Array.from({ length: 20 }, () => executeWorkflow(user.graph, workflowId)));
  for (const id of ids) await executionIs(user.graph, id, ['WAITING']);

  line.cut();
  await until('not ready', async () => (await readiness()) === 503);
  const { errors } = await user.graph.ask('{ workflows { nodes { id } } }');
  expect(errors.length).toBeGreaterThan(0);
  expect(JSON.stringify(errors)).not.toMatch(/ECONN|postgres|127\.0\.0\.1/i);
  expect(product.child.running).toBe(true);
  await server.stop();
  server = await startEmbeddedPostgres({ dataDir: folder, logger });
  line.restore(port());

  await until('ready again', async () => (await readiness()) === 200, { timeoutMs: 30_000 });
  for (const id of ids) expect((await executionEnds(user.graph, id, 30_000)).status).toBe('COMPLETED');
  expect(await executionEnds(user.graph, await executeWorkflow(user.graph, workflowId))).toMatchObject({
    status: 'COMPLETED',
  });
  messages.close();
}, 120_000);
