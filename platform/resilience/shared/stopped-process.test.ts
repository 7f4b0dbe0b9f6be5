import { until } from '../../testing/index.ts';
import { CallRefused, removeOldPolicyState, type PolicyChain } from '../index.ts';
import { fault, preparePolicies, STRICT, type PolicyDatabase } from './policy-test-support.ts';

let database: PolicyDatabase;
let count = 0;

beforeAll(async () => {
  database = await preparePolicies();
}, 60_000);
afterAll(() => database.stop());

const DONE = { value: 'answer', cached: false };
const REFUSED: unknown = expect.objectContaining({ name: 'CallRefused', reason: 'CIRCUIT_OPEN' });
const call = (chain: PolicyChain, key: string, work: () => Promise<unknown>) =>
  chain.run({ key, policy: STRICT, entry: null, work }).catch((error: unknown) => error);
const succeeds = (chain: PolicyChain, key: string) => call(chain, key, async () => 'answer');
const observers = async (key: string) =>
  (await database.process('observer').store.circuits.observers([{ key, windowSeconds: 60 }])).get(key);
const stateOf = async (key: string) => (await database.process('observer').store.circuitsOf([key]))[0]?.state;

/** A dependency that fails for one process only, which has stopped. */
async function oneStopped() {
  const key = `dependency-${(count += 1)}`;
  const [broken, well] = [database.process('broken'), database.process('well')];
  for (let at = 0; at < 3; at += 1) await succeeds(well, key);
  await well.store.stop();
  for (let at = 0; at < 5; at += 1) await call(broken, key, () => Promise.reject(fault()));
  return { key, broken, well };
}

test('a process that fails alone stops by itself, and opens nothing for the others', async () => {
  const { key, broken, well } = await oneStopped();
  expect([await stateOf(key), await succeeds(broken, key)]).toEqual(['CLOSED', REFUSED]);
  expect(await succeeds(well, key)).toEqual(DONE);
  await broken.store.reset(key);
  expect(await succeeds(broken, key)).toEqual(DONE);
});

test('that it has stopped is shown until that is over, also when its calls lie behind the window', async () => {
  const { key } = await oneStopped();
  const stopped = { key, process: 'broken', stoppedUntil: expect.any(Date) };
  const seen = [
    { ...stopped, successes: 0, failures: 5 },
    { key, process: 'well', successes: 3, failures: 0, stoppedUntil: null },
  ];
  expect(await observers(key)).toHaveLength(2);
  expect(await observers(key)).toEqual(expect.arrayContaining(seen));
  await database.pool.query(`update policy_outcomes set second = second - interval '120 s' where key = $1`, [key]);
  expect(await observers(key)).toEqual([{ ...stopped, successes: 0, failures: 0 }]);
  await database.pool.query('update policy_stops set stopped_until = clock_timestamp() where key = $1', [key]);
  expect(await observers(key)).toEqual([]);
  await removeOldPolicyState(database.pool, 1_000);
  const { rows } = await database.pool.query('select process from policy_stops where key = $1', [key]);
  expect(rows).toEqual([]);
});

test('one that has stopped and seen nothing since does not count when others judge', async () => {
  const { key } = await oneStopped();
  await database.pool.query(`update policy_outcomes set second = second - interval '120 s' where key = $1`, [key]);
  const other = database.process('other');
  for (let at = 0; at < 5; at += 1) await call(other, key, () => Promise.reject(fault()));
  expect(await stateOf(key)).toBe('OPEN');
});

test('a reset by another process ends it', async () => {
  const { key, broken, well } = await oneStopped();
  expect(await succeeds(broken, key)).toEqual(REFUSED);
  expect(await well.store.reset(key)).toBe(true);
  expect(await observers(key)).toEqual([]);
  const answer = await until('it calls again', async () => {
    const found = await succeeds(broken, key);
    return !(found instanceof CallRefused) && found;
  });
  expect(answer).toEqual(DONE);
});
