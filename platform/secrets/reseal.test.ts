import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { createPool } from '../database/index.ts';
import { silent } from '../subgraph-testing/silent.ts';
import { createTestDatabases, type TestDatabases } from '../subgraph-testing/test-databases.ts';
import { createKeyRing, createSecretBox, reseal, type SealedColumn } from './index.ts';

let databases: TestDatabases<'sealed'>;
let pool: Pool;
beforeAll(async () => {
  databases = await createTestDatabases('sealed');
  pool = createPool(databases.urls.sealed, { max: 5, applicationName: 'test' });
});
afterAll(async () => {
  await pool.end();
  await databases.drop();
});

const newKey = () => randomBytes(32).toString('base64');
const boxOf = (key: string, others: readonly string[] = []) => createSecretBox(createKeyRing(key, others));
let tables = 0;

/** A table with so many values of a box, under ids that sort. */
async function sealedTable(count: number, box = boxOf(newKey())) {
  const table = `sealed_${(tables += 1)}`;
  const column: SealedColumn = { table, column: 'secret', id: 'name', context: (id) => `${table}:${id}` };
  await pool.query(`create table ${table} (name text primary key, secret text)`);
  const names = Array.from({ length: count }, (_, index) => `n${String(index).padStart(4, '0')}`);
  await pool.query(`insert into ${table} select * from unnest($1::text[], $2::text[])`, [
    [...names, 'none'],
    [...names.map((name) => box.seal(`secret of ${name}`, column.context(name))), null],
  ]);
  const rows = async () =>
    (await pool.query<{ name: string; secret: string | null }>(`select * from ${table} order by name`)).rows;
  return { column, names, rows };
}

test('seals everything again that another key has sealed, and leaves the rest as it is', async () => {
  const [before, now] = [newKey(), newKey()];
  const { column, names, rows } = await sealedTable(450, boxOf(before));
  const box = boxOf(now, [before]);
  const mine = box.seal('sealed already', column.context('mine'));
  await pool.query(`insert into ${column.table} values ('mine', $1)`, [mine]);

  expect(await reseal(pool, box, [column], silent)).toEqual({ resealed: 450, unreadable: 0 });
  const alone = boxOf(now);
  const opened = new Map(
    (await rows()).map(({ name, secret }) => [name, secret && alone.open(secret, column.context(name))]),
  );
  expect(opened.get('none')).toBeNull();
  expect(names.map((name) => opened.get(name))).toEqual(names.map((name) => `secret of ${name}`));
  const after = await rows();
  expect(after.find(({ name }) => name === 'mine')!.secret).toBe(mine);
  expect(await reseal(pool, box, [column], silent)).toEqual({ resealed: 0, unreadable: 0 });
  expect(await rows()).toEqual(after);
});

test('what no key opens is counted, and stays', async () => {
  const [before, now] = [newKey(), newKey()];
  const { column, rows } = await sealedTable(3, boxOf(before));
  const lost = boxOf(newKey()).seal('lost', column.context('n0001'));
  await pool.query(`update ${column.table} set secret = $1 where name = 'n0001'`, [lost]);
  // Moved from another row.
  const moved = (await rows())[0]!.secret;
  await pool.query(`update ${column.table} set secret = $1 where name = 'n0002'`, [moved]);
  expect(await reseal(pool, boxOf(now, [before]), [column], silent)).toEqual({ resealed: 1, unreadable: 2 });
  expect((await rows()).slice(1, 3).map(({ secret }) => secret)).toEqual([lost, moved]);
});

test('processes that do it at the same time, and writers between, lose nothing', async () => {
  const [before, now] = [newKey(), newKey()];
  const { column, names, rows } = await sealedTable(300, boxOf(before));
  const box = boxOf(now, [before]);
  const written = names.filter((_, index) => index % 3 === 0);
  const write = async (name: string) => {
    // As a process does that was not restarted yet.
    const sealed = boxOf(before).seal(`new secret of ${name}`, column.context(name));
    await pool.query(`update ${column.table} set secret = $2 where name = $1`, [name, sealed]);
  };
  await Promise.all([...[1, 2, 3].map(() => reseal(pool, box, [column], silent)), ...written.map(write)]);
  await reseal(pool, box, [column], silent);
  const alone = boxOf(now);
  for (const { name, secret } of await rows()) {
    if (secret === null) continue;
    expect(alone.open(secret, column.context(name))).toBe(`${written.includes(name) ? 'new ' : ''}secret of ${name}`);
  }
});
