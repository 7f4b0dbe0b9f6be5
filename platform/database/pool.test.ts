import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { createLogger } from '../logging/index.ts';
import { DOMAIN_NAMES } from '../domains/index.ts';
import { createDatabases, resolveDatabaseUrls, withDatabase } from './database-urls.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts';
import { createPlatformDatabases } from './platform-databases.ts';
import { createPool } from './pool.ts';
import { inTransaction } from './transaction.ts';

const logger = createLogger({ level: 'silent', name: 'test' });

let root: string;
let server: EmbeddedPostgres;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'flowmesh-pool-'));
  server = await startEmbeddedPostgres({ dataDir: join(root, 'data'), logger });
});

afterAll(async () => {
  await server.stop();
  await rm(root, { recursive: true });
});

describe('inTransaction', () => {
  let pool: Pool;

  beforeAll(async () => {
    await createDatabases(server.url, ['transactions']);
    pool = createPool(withDatabase(server.url, 'transactions'), { max: 10, applicationName: 'test' });
    await pool.query('create table counters (name text primary key, value int not null)');
  });

  beforeEach(async () => {
    await pool.query(`truncate counters; insert into counters values ('a', 0), ('b', 0)`);
  });

  afterAll(() => pool.end());

  const values = async (): Promise<unknown> =>
    (await pool.query<{ value: number }>('select value from counters order by name')).rows.map((row) => row.value);

  it('writes nothing when the work fails', async () => {
    const failure = inTransaction(pool, async (client) => {
      await client.query('update counters set value = 1');
      throw new Error('no');
    });
    await expect(failure).rejects.toThrow('no');
    expect(await values()).toEqual([0, 0]);
  });

  it('is ended by the server when its process stands still, so that its locks keep nobody waiting', async () => {
    const still = createPool(withDatabase(server.url, 'transactions'), {
      max: 1,
      applicationName: 'still',
      idleTransactionMs: 200,
    });
    try {
      const client = await still.connect();
      await client.query(`begin; update counters set value = 1 where name = 'a'`);
      await pool.query(`update counters set value = 2 where name = 'a'`);
      await expect(client.query('commit')).rejects.toThrow();
      client.release(true);
      expect(await values()).toEqual([2, 0]);
    } finally {
      await still.end();
    }
  });

  it('runs again after a serialisation failure, so that no update is lost', async () => {
    const increment = (): Promise<unknown> =>
      inTransaction(
        pool,
        async (client) => {
          const { rows } = await client.query<{ value: number }>(`select value from counters where name = 'a'`);
          await client.query(`update counters set value = $1 where name = 'a'`, [(rows[0]?.value ?? 0) + 1]);
        },
        { isolation: 'serializable', attempts: 30 },
      );
    await Promise.all(Array.from({ length: 5 }, increment));
    expect(await values()).toEqual([5, 0]);
  });

  it('runs again after a deadlock', async () => {
    let runs = 0;
    const both = (first: string, second: string): Promise<unknown> =>
      inTransaction(pool, async (client) => {
        runs += 1;
        await client.query('update counters set value = value + 1 where name = $1', [first]);
        await client.query('select pg_sleep(0.1)');
        await client.query('update counters set value = value + 1 where name = $1', [second]);
      });
    await Promise.all([both('a', 'b'), both('b', 'a')]);
    expect(await values()).toEqual([2, 2]);
    expect(runs).toBe(3);
  });

  it('gives up after the last attempt, and the pool stays usable', async () => {
    let runs = 0;
    const failure = inTransaction(
      pool,
      async (client) => {
        runs += 1;
        await client.query(`do $$ begin raise exception 'again' using errcode = '40001'; end $$`);
      },
      { attempts: 3 },
    );
    await expect(failure).rejects.toThrow('again');
    expect(runs).toBe(3);
    expect(await values()).toEqual([0, 0]);
  });

  it('survives the loss of its connection', async () => {
    const failure = inTransaction(pool, async (client) => {
      await client.query('select pg_terminate_backend(pg_backend_pid())');
    });
    await expect(failure).rejects.toThrow();
    expect(await values()).toEqual([0, 0]);
  });
});

describe('a pool', () => {
  /** Answers with bytes of its own: ready, and in the same packet ended by an administrator, as a restarting server does. */
  function readyAndEnded(): Buffer {
    const message = (type: string, body: Buffer) => {
      const head = Buffer.alloc(5);
      head.write(type, 0, 'latin1');
      head.writeInt32BE(body.length + 4, 1);
      return Buffer.concat([head, body]);
    };
    const fields = 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0';
    return Buffer.concat([
      message('R', Buffer.from([0, 0, 0, 0])),
      message('Z', Buffer.from('I')),
      message('E', Buffer.from(fields)),
    ]);
  }

  it('fails a query, and not the process, when the server ends a connection as it is handed over', async () => {
    const ending = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(readyAndEnded()));
    });
    await new Promise<void>((resolve) => ending.listen(0, '127.0.0.1', resolve));
    const address = ending.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const pool = createPool(`postgresql://me@127.0.0.1:${port}/x`, { max: 2, applicationName: 'test', logger });
    const client = await pool.connect();
    // Whoever has the connection may look at other things first.
    await new Promise((resolve) => setImmediate(resolve));
    await expect(client.query('select 1')).rejects.toThrow(/not queryable|terminat/);
    client.release(true);
    await pool.end();
    await new Promise((resolve) => ending.close(resolve));
  });
});

describe('databases', () => {
  const config = (databaseUrl: string | null, domainDatabaseUrls: Record<string, string> = {}) => ({
    databaseUrl,
    domainDatabaseUrls,
    databasePrefix: 'shop',
    dataDir: join(root, 'unused'),
  });

  it('are made once, whoever asks at the same time', async () => {
    const asked = await Promise.all(Array.from({ length: 4 }, () => resolveDatabaseUrls(config(server.url))));
    for (const urls of asked) {
      expect([...urls].map(([domain, url]) => [domain, new URL(url).pathname])).toEqual(
        [...DOMAIN_NAMES, 'platform'].map((name) => [name, `/shop_${name}`]),
      );
    }
  });

  it('may be given one by one', async () => {
    const own = withDatabase(server.url, 'postgres');
    const urls = await resolveDatabaseUrls(config(server.url, { agent: own }), ['agent', 'platform']);
    expect([...urls]).toEqual([
      ['agent', own],
      ['platform', withDatabase(server.url, 'shop_platform')],
    ]);
  });

  it('are ready and migrated when a process has them', async () => {
    const migration = join(root, 'prisma', 'auth', 'migrations', '20250101000000_one');
    await mkdir(migration, { recursive: true });
    await writeFile(join(migration, 'migration.sql'), 'create table users (id text primary key);');
    const databases = await createPlatformDatabases(config(server.url), logger, {
      migrationsRoot: join(root, 'prisma'),
      domains: ['auth', 'platform'],
    });
    const pool = createPool(databases.url('auth'), { max: 1, applicationName: 'test' });
    expect((await pool.query('select * from users')).rows).toEqual([]);
    await pool.end();
    expect(() => databases.url('agent')).toThrow('The database of agent was not prepared.');
    await databases.stop();
  });

  it.each([
    [
      'nobody listens',
      'postgresql://me:hunter2@127.0.0.1:1/x',
      /^The database x on 127\.0\.0\.1:1 cannot be reached \(/,
    ],
    ['the address is none', 'postgresql://me:hunter2@127.0.0.1:port/x', /^A database address is not a valid URL/],
  ])('say in a sentence without the password that %s', async (_case, url, words) => {
    const failure = resolveDatabaseUrls(config(url));
    await expect(failure).rejects.toThrow(words);
    await expect(failure).rejects.not.toThrow(/hunter2/);
  });

  it('say after five seconds that the server does not answer', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const begun = performance.now();
    await expect(resolveDatabaseUrls(config(`postgresql://me:hunter2@127.0.0.1:${port}/x`))).rejects.toThrow(
      /cannot be reached \(timeout expired\): check the address, the account and that the server runs\.$/,
    );
    expect(performance.now() - begun).toBeLessThan(7_000);
    silent.close();
  });
});
