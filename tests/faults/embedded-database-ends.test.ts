import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Child } from '../harness/child.ts';
import { clusterHome } from '../harness/cluster-home.ts';
import { createWorkflow, delayStep, executeWorkflow, executionEnds, transformStep } from '../harness/fixtures.ts';
import { freePort } from '../harness/ports.ts';
import { descendantsOf } from '../harness/processes.ts';
import { ADMIN } from '../harness/product.ts';
import { until } from '@flowmesh/platform/testing';
import { signIn } from '../harness/users.ts';

const folder = mkdtempSync(join(tmpdir(), 'flowmesh-ends-'));
const dataDir = join(folder, 'data');
let child: Child;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  child = Child.start('server/main.js', join(folder, 'product.log'), {
    HOST: '127.0.0.1',
    PORT: String(port),
    NODE_ENV: 'test',
    PASSWORD_HASH_ROUNDS: '4',
    DATA_DIR: dataDir,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
  });
  await child.ready(url);
});
afterAll(async () => {
  await child?.stop();
  rmSync(clusterHome(dataDir), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

const isReady = async () => (await fetch(`${url}/health/ready`)).status === 200;
/** The server itself, not those it has made for its connections. */
const postmaster = () => descendantsOf(child.process.pid!).find(({ command }) => command.includes('postgres -D'))?.pid;

test('the embedded database is started again when it is killed, and work goes on', async () => {
  const product = { url, admin: ADMIN, databaseUrl: '', databasePrefix: '', logFile: child.logFile };
  const { graph } = await signIn(product, ADMIN.email, ADMIN.password);
  const workflowId = await createWorkflow(graph, { steps: [delayStep('wait', 2), transformStep('one', '1')] });
  const id = await executeWorkflow(graph, workflowId);
  process.kill(postmaster()!, 'SIGKILL');
  await until('not ready', async () => !(await isReady()));
  await until('ready again', isReady, { timeoutMs: 30_000 });
  expect((await executionEnds(graph, id, 30_000)).status).toBe('COMPLETED');
  expect((await executionEnds(graph, await executeWorkflow(graph, workflowId), 30_000)).status).toBe('COMPLETED');
}, 180_000);

test('a database that ends again and again stops the product, in one sentence and with exit code 1', async () => {
  const killed = new Set<number>();
  await until(
    'the product ends',
    () => {
      const pid = postmaster();
      if (pid !== undefined && !killed.has(pid)) process.kill(pid, 'SIGKILL');
      if (pid !== undefined) killed.add(pid);
      return !child.running;
    },
    { timeoutMs: 160_000 },
  );
  expect(await child.ended).toBe(1);
  const sentences = child.log.split('\n').filter((line) => line.startsWith('Flowmesh stops.'));
  expect(sentences).toEqual([
    expect.stringMatching(
      /^Flowmesh stops\. The embedded database in .* is not started again .*: see .*server\.log\.$/,
    ),
  ]);
}, 180_000);
