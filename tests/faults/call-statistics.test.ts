import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { freezeDatabase } from '../harness/frozen-database.ts';
import { registerIntegration } from '../harness/integrations.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const CALLS = 30;
/** Longer than a connection is trusted, so that statements under way are given up. */
const FROZEN_MS = 8_000;

const folder = mkdtempSync(join(tmpdir(), 'flowmesh-statistics-'));
let server: EmbeddedPostgres;
let service: HttpDouble;
let product: Product;
let user: TestUser;
let thaw: () => void = () => undefined;

beforeAll(async () => {
  server = await startEmbeddedPostgres({ dataDir: folder, logger: createLogger({ level: 'warn', name: 'tests' }) });
  service = await HttpDouble.start((_call, response) => sendJson(response, {}));
  product = await startProduct({ databaseUrl: server.url });
  user = await makeUser(product);
}, 120_000);
afterAll(async () => {
  thaw();
  await product?.stop();
  await service?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('calls just before the database stands still are counted once it is back, each of them once', async () => {
  const id = await registerIntegration(user.graph, {
    type: 'HTTP',
    configuration: { baseUrl: service.url },
    operations: [{ name: 'get', method: 'GET', path: '/things' }],
  });
  const call = () =>
    user.graph.mutate(
      `mutation ($id: ID!) { invokeIntegration(input: { id: $id, operation: "get" }) { __typename } }`,
      {
        id,
      },
    );
  const counted = async () => {
    const query = 'query ($id: ID!) { integration(id: $id) { analytics { calls succeeded } } }';
    return (await user.graph.query<{ integration: { analytics: { calls: number } } }>(query, { id })).integration
      .analytics;
  };
  const answers = await Promise.all(Array.from({ length: CALLS }, call));
  expect(answers).toEqual(answers.map(() => ({ __typename: 'InvokeIntegrationSuccess' })));
  thaw = freezeDatabase();
  await delay(FROZEN_MS);
  thaw();
  const all = { calls: CALLS, succeeded: CALLS };
  await until('all are counted', async () => (await counted().catch(() => null))?.calls === CALLS, {
    timeoutMs: 30_000,
  });
  expect(await counted()).toEqual(all);
  await call();
  await until('one more is counted', async () => (await counted()).calls > CALLS);
  expect(await counted()).toEqual({ calls: CALLS + 1, succeeded: CALLS + 1 });
}, 120_000);
