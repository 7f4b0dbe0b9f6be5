import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabases, type TestDatabases } from '../subgraph-testing/test-databases.ts';
import { until } from '../testing/index.ts';
import { migrateDomain } from './migrations.ts';
import { createPool } from './pool.ts';

describe('migrateDomain', () => {
  let root: string;
  const databases: TestDatabases<'migrated'>[] = [];
  let counter = 0;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'flowmesh-migrations-'));
  });

  afterAll(async () => {
    for (const database of databases) await database.drop();
    await rm(root, { recursive: true });
  });

  async function newDatabase(): Promise<string> {
    const database = await createTestDatabases('migrated');
    databases.push(database);
    return database.urls.migrated;
  }

  async function migrationsFolder(scripts: Record<string, string>): Promise<string> {
    const folder = join(root, `migrations-${(counter += 1)}`);
    await addMigrations(folder, scripts);
    return folder;
  }

  async function addMigrations(folder: string, scripts: Record<string, string>): Promise<void> {
    for (const [name, sql] of Object.entries(scripts)) {
      await mkdir(join(folder, name), { recursive: true });
      await writeFile(join(folder, name, 'migration.sql'), sql);
    }
  }

  async function query(url: string, sql: string): Promise<unknown[]> {
    const pool = createPool(url, { max: 1, applicationName: 'test' });
    try {
      return (await pool.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await pool.end();
    }
  }

  it('applies what is missing, in order, once', async () => {
    const url = await newDatabase();
    const folder = await migrationsFolder({ '20250101000000_one': 'create table notes (id int);' });
    expect(await migrateDomain(url, folder)).toEqual(['20250101000000_one']);
    expect(await migrateDomain(url, folder)).toEqual([]);

    await addMigrations(folder, {
      '20250103000000_three': 'insert into notes select count(*) from notes;',
      '20250102000000_two': 'insert into notes values (7);',
    });
    expect(await migrateDomain(url, folder)).toEqual(['20250102000000_two', '20250103000000_three']);
    expect(await query(url, 'select id from notes order by id')).toEqual([{ id: 1 }, { id: 7 }]);
  });

  it('may run in several processes at once', async () => {
    const url = await newDatabase();
    const folder = await migrationsFolder({
      '20250101000000_one': 'create table notes (id int); insert into notes values (1); select pg_sleep(0.3);',
      '20250102000000_two': 'insert into notes values (2);',
    });
    const applied = await Promise.all(Array.from({ length: 4 }, () => migrateDomain(url, folder)));
    expect(applied.flat().sort()).toEqual(['20250101000000_one', '20250102000000_two']);
    expect(await query(url, 'select id from notes order by id')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await query(url, 'select count(*)::int as n from _prisma_migrations')).toEqual([{ n: 2 }]);
  });

  it('waits for another process that is in the middle of one', async () => {
    const url = await newDatabase();
    const folder = await migrationsFolder({ '20250101000000_one': 'create table notes (id int); select pg_sleep(1);' });
    const first = migrateDomain(url, folder);
    const begun = async () =>
      (await query(url, 'select 1 from _prisma_migrations where finished_at is null').catch(() => [])).length > 0;
    await until('it has begun', begun, { everyMs: 10 });
    expect(await Promise.all([migrateDomain(url, folder), first])).toEqual([[], ['20250101000000_one']]);
  });

  it('says which migration failed, leaves nothing of it, and applies it once it is right', async () => {
    const url = await newDatabase();
    const folder = await migrationsFolder({ '20250101000000_one': 'create table notes (id int); select 1/0;' });
    await expect(migrateDomain(url, folder)).rejects.toThrow(
      /^The migration 20250101000000_one of the database migrated_[0-9a-f]+ on \S+:\d+ failed: .*division by zero/,
    );
    expect(await query(url, `select to_regclass('notes') as found`)).toEqual([{ found: null }]);

    await addMigrations(folder, { '20250101000000_one': 'create table notes (id int);' });
    expect(await migrateDomain(url, folder)).toEqual(['20250101000000_one']);
    expect(await migrateDomain(url, folder)).toEqual([]);
  });

  it('goes on after a process was killed in the middle of one', async () => {
    const url = await newDatabase();
    const folder = await migrationsFolder({ '20250101000000_one': 'create table notes (id int);' });
    await migrateDomain(url, folder);
    await query(url, 'drop table notes');
    await query(url, 'update _prisma_migrations set finished_at = null, applied_steps_count = 0');
    expect(await migrateDomain(url, folder)).toEqual(['20250101000000_one']);
    expect(await query(url, 'select * from notes')).toEqual([]);
  });

  it('refuses a migration that was changed after it was applied', async () => {
    const url = await newDatabase();
    const folder = await migrationsFolder({ '20250101000000_one': 'create table notes (id int);' });
    await migrateDomain(url, folder);
    await addMigrations(folder, { '20250101000000_one': 'create table notes (id bigint);' });
    await expect(migrateDomain(url, folder)).rejects.toThrow(/was migrated with another version of 20250101000000_one/);
  });

  it('tells an unreachable server without the password', async () => {
    const folder = await migrationsFolder({ '20250101000000_one': 'select 1;' });
    const failure = migrateDomain('postgresql://someone:hunter2@127.0.0.1:1/nowhere', folder);
    await expect(failure).rejects.toThrow(
      'The database nowhere on 127.0.0.1:1 cannot be migrated: connect ECONNREFUSED 127.0.0.1:1.',
    );
    await expect(failure).rejects.not.toThrow(/hunter2/);
  });
});
