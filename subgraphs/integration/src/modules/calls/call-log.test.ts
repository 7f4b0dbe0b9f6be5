import { createPool } from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import { until } from '@flowmesh/platform/testing';
import { prepareIntegrations, userOf, type IntegrationUnderTest } from '../../testing/integration-under-test.ts';
import { registered } from '../../testing/operations.ts';
import { CallLog } from './call-log.ts';
import type { CallBatch, LoggedCall } from './call-record.ts';
import { CallStore } from './call-store.ts';

let integrations: IntegrationUnderTest;
let integrationId: string;
let written: Record<string, unknown>[];
const logger = () =>
  createLogger({ level: 'warn', name: 'test' }, { write: (line) => void written.push(JSON.parse(line) as never) });

beforeAll(async () => {
  integrations = await prepareIntegrations();
}, 60_000);
beforeEach(async () => {
  written = [];
  integrationId = await registered(await integrations.process(), userOf('owner'), {
    configuration: { baseUrl: 'https://service.invalid' },
  });
});
afterAll(() => integrations.stop(), 30_000);

const call = (operation: string): LoggedCall => ({
  ...{ integrationId, operation, outcome: 'SUCCEEDED', errorCode: null, durationMs: 1, attempts: 1, at: new Date() },
});
const stored = async (): Promise<Record<string, number>> => {
  const { rows } = await integrations.pool.query<{ operation: string; count: number }>(
    'select operation, count(*)::int as count from integration_calls where integration_id = $1 group by operation',
    [integrationId],
  );
  return Object.fromEntries(rows.map(({ operation, count }) => [operation, count]));
};

test('a batch of which nobody knows whether it was stored is stored once', async () => {
  const pool = createPool(integrations.url, { max: 2, applicationName: 'test', queryTimeoutMs: 200 });
  const store = new CallStore(pool);
  const batches: CallBatch[] = [];
  const log = new CallLog({ add: (batch) => (batches.push(batch), store.add(batch)) }, logger());
  const lock = await integrations.pool.connect();
  await lock.query('begin; lock table integration_calls in access exclusive mode');
  log.add(call('a'));
  log.add(call('a'));
  // The server goes on with the statement that its client gives up.
  await log.flush();
  log.add(call('b'));
  await log.flush();
  await lock.query('commit');
  lock.release();
  await until('all are stored', async () => {
    await log.flush();
    return Object.keys(await stored()).length === 2;
  });
  expect(await stored()).toEqual({ a: 2, b: 1 });
  expect(batches.length).toBeGreaterThanOrEqual(4);
  expect(new Set(batches.map(({ id }) => id)).size).toBe(2);
  expect(written.map(({ msg }) => msg)).toEqual(['statistics of calls could not be stored, which is tried again']);
  await log.stop();
  await pool.end();
});

test('what is waiting has a bound, and what goes beyond it is told with its number', async () => {
  const store = new CallStore(integrations.pool);
  let isAway = true;
  const add = (batch: CallBatch) => (isAway ? Promise.reject(new Error('away')) : store.add(batch));
  const log = new CallLog({ add }, logger());
  log.add(call('a'));
  await log.flush();
  for (let at = 0; at < 10_004; at += 1) log.add(call('b'));
  isAway = false;
  await log.flush();
  await log.flush();
  expect(await stored()).toEqual({ a: 1, b: 9_999 });
  isAway = true;
  log.add(call('c'));
  log.add(call('c'));
  await log.stop();
  expect(await stored()).toEqual({ a: 1, b: 9_999 });
  expect(written.map(({ msg, lost }) => [msg, lost])).toEqual([
    ['statistics of calls could not be stored, which is tried again', undefined],
    ['calls are missing in the statistics', 5],
    ['calls are missing in the statistics', 7],
  ]);
});

test('names of batches are forgotten after a day', async () => {
  const store = new CallStore(integrations.pool);
  await store.add({ id: 'new', calls: [] });
  await store.add({ id: 'old', calls: [call('a')] });
  await integrations.pool.query(
    `update integration_call_batches set stored_at = now() - interval '25 hours' where id = 'old'`,
  );
  expect(await store.removeOldBatches(10)).toBe(1);
  const { rows } = await integrations.pool.query(`select id from integration_call_batches where id in ('new', 'old')`);
  expect(rows).toEqual([{ id: 'new' }]);
});
