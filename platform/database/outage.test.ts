import { createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { isOutage } from '../errors/index.ts';
import { createTestDatabases, type TestDatabases } from '../subgraph-testing/test-databases.ts';
import { checkDatabase } from './check-database.ts';
import { createPool, prismaAdapter } from './pool.ts';

let databases: TestDatabases<'outage'>;
let url: string;
let pool: Pool;

beforeAll(async () => {
  databases = await createTestDatabases('outage');
  url = databases.urls.outage;
  pool = createPool(url, { max: 2, applicationName: 'test' });
});
afterAll(async () => {
  await pool.end();
  await databases.drop();
});

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing failed',
    (error: unknown) => error,
  );
const raised = (code: string) => `do $$ begin raise exception 'as a server says it' using errcode = '${code}'; end $$`;

describe('an outage is', () => {
  it.each([
    ['a full disk', '53100'],
    ['no memory', '53200'],
    ['no connection left', '53300'],
    ['a server that is ended', '57P01'],
    ['a server that begins', '57P03'],
    ['a server that only reads', '25006'],
    ['a broken connection', '08006'],
    ['a statement out of time', '57014'],
    ['a disk that fails', '58030'],
  ])('%s, from pg and from Prisma', async (_name, code) => {
    expect(isOutage(await failure(pool.query(raised(code))))).toBe(true);
    const prisma = await prismaAdapter(pool).connect();
    const error = await failure(prisma.queryRaw({ sql: raised(code), args: [], argTypes: [] }));
    expect(isOutage({ code: 'P2010', meta: { driverAdapterError: error } })).toBe(true);
  });

  it('no server', async () => {
    const absent = createPool('postgresql://nobody@127.0.0.1:1/nothing', { max: 1, applicationName: 'test' });
    expect(isOutage(await failure(absent.query('select 1')))).toBe(true);
    await absent.end();
  });

  it('no free connection, and a server that is silent', async () => {
    const held: Socket[] = [];
    const silent = createServer((socket) => held.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const waiting = createPool(`postgresql://nobody@127.0.0.1:${port}/x`, { max: 1, applicationName: 'test' });
    const asked = [waiting.query('select 1'), waiting.query('select 2')].map(failure);
    expect((await Promise.all(asked)).map((error) => isOutage(error))).toEqual([true, true]);
    await waiting.end();
    for (const socket of held) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));

    const impatient = createPool(url, { max: 1, applicationName: 'test', queryTimeoutMs: 50 });
    expect(isOutage(await failure(impatient.query('select pg_sleep(1)')))).toBe(true);
    await impatient.end();
  }, 15_000);

  it('no Redis', async () => {
    const redis = new Redis('redis://127.0.0.1:1', {
      lazyConnect: true,
      enableOfflineQueue: false,
      retryStrategy: () => null,
    });
    redis.on('error', () => undefined);
    expect(isOutage(await failure(redis.connect()))).toBe(true);
    expect(isOutage(await failure(redis.ping()))).toBe(true);
  });

  it('also when another error says so', async () => {
    const inner = await failure(pool.query(raised('53100')));
    expect(isOutage(new Error('could not be stored', { cause: inner }))).toBe(true);
    expect(isOutage(new AggregateError([new Error('one'), inner]))).toBe(true);
  });
});

describe('no outage is', () => {
  it.each([
    ['a wrong statement', 'select nonsense'],
    ['a value that is there already', raised('23505')],
    ['data that is damaged', raised('XX001')],
  ])('%s', async (_name, statement) => {
    expect(isOutage(await failure(pool.query(statement)))).toBe(false);
  });

  it('a mistake of ours, or anything else that is thrown', () => {
    const circle = new Error('round and round');
    circle.cause = circle;
    for (const thrown of [new TypeError('x is not a function'), circle, 'ECONNREFUSED', null, undefined, 7]) {
      expect(isOutage(thrown)).toBe(false);
    }
  });
});

describe('checkDatabase', () => {
  it('resolves when writes succeed, and leaves nothing', async () => {
    const relations = async () => (await pool.query<{ count: string }>('select count(*) from pg_class')).rows;
    const before = await relations();
    await checkDatabase(pool);
    expect(await relations()).toEqual(before);
  });

  it('rejects when there is no room for what is written', async () => {
    const full = createPool(url, { max: 1, applicationName: 'test', settings: { temp_file_limit: '0' } });
    expect(isOutage(await failure(checkDatabase(full)))).toBe(true);
    await full.end();
  });

  it('rejects when the server takes no writes', async () => {
    const reading = createPool(url, {
      max: 1,
      applicationName: 'test',
      settings: { default_transaction_read_only: 'on' },
    });
    await reading.query('select 1');
    await expect(checkDatabase(reading)).rejects.toThrow('the database takes no writes');
    await reading.end();
  });
});
