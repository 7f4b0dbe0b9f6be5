import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import { inPipelinedTransaction } from './pipelined-transaction.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
  await database.pool.query('create table numbers (n integer primary key)');
});
afterAll(() => database.stop());

test('of statements sent together the one that failed first says why, whoever is heard first; nothing is written', async () => {
  const { pool } = database;
  const failed = inPipelinedTransaction(pool, async (client, begun) => {
    const inside = async () => {
      await Promise.resolve();
      return await Promise.all([client.query('insert into numbers values (1)'), client.query('select 1 / 0')]);
    };
    await Promise.all([
      begun,
      inside(),
      Promise.resolve().then(() => undefined),
      laterBy(3, () => client.query('select 1')),
    ]);
  });
  await expect(failed).rejects.toMatchObject({ code: '22012', message: 'division by zero' });
  expect((await pool.query('select * from numbers')).rows).toEqual([]);
  await inPipelinedTransaction(pool, async (client, begun) => {
    await Promise.all([begun, client.query('insert into numbers values (2)')]);
  });
  expect((await pool.query('select * from numbers')).rows).toEqual([{ n: 2 }]);
});

async function laterBy<T>(steps: number, work: () => Promise<T>): Promise<T> {
  for (let step = 0; step < steps; step++) await Promise.resolve();
  return work();
}
