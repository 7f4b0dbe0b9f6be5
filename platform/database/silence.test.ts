import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { isOutage } from '../errors/index.ts';
import { createLogger } from '../logging/index.ts';
import { createDatabases, withDatabase } from './database-urls.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts';
import { createPool, prismaAdapter } from './pool.ts';
import { inTransaction } from './transaction.ts';

/** A line to a server over which nothing comes any more, though it does not break. */
class SilentLine {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private silent = false;
  accepted = 0;

  constructor(target: number) {
    this.server = createServer((client) => {
      this.accepted += 1;
      this.hold(client);
      const upstream = this.hold(connect(target, '127.0.0.1'));
      client.on('data', (bytes) => upstream.write(bytes));
      upstream.on('data', (bytes) => client.write(bytes));
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
    });
  }

  private hold(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    if (this.silent) socket.pause();
    return socket;
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  silence(): void {
    this.silent = true;
    for (const socket of this.sockets) socket.pause();
  }

  speak(): void {
    this.silent = false;
    for (const socket of this.sockets) socket.resume();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let root: string;
let server: EmbeddedPostgres;
let line: SilentLine;
let pool: Pool;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'flowmesh-silence-'));
  const logger = createLogger({ level: 'silent', name: 'test' });
  server = await startEmbeddedPostgres({ dataDir: join(root, 'data'), logger });
  await createDatabases(server.url, ['silence']);
});
beforeEach(async () => {
  const url = new URL(withDatabase(server.url, 'silence'));
  line = new SilentLine(Number(url.port));
  url.port = String(await line.listen());
  pool = createPool(url.href, { max: 4, applicationName: 'test' });
});
afterEach(async () => {
  line.speak();
  await pool.end();
  await line.stop();
});
afterAll(async () => {
  await server.stop();
  await rm(root, { recursive: true });
});

const failure = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    return ['no failure', await work];
  } catch (error) {
    return error;
  }
};

test('a server that is silent is an outage within seconds: for statements, in transactions, through Prisma', async () => {
  const prisma = await prismaAdapter(pool).connect();
  const client = await pool.connect();
  await pool.query('select 1');
  line.silence();
  const begun = performance.now();
  const errors = await Promise.all([
    failure(client.query('select 1')),
    failure(inTransaction(pool, (inside) => inside.query('select 1'))),
    failure(prisma.queryRaw({ sql: 'select 1', args: [], argTypes: [] })),
    failure(prisma.startTransaction()),
    failure(pool.query('select 1')),
    failure(pool.query('select 1')),
  ]);
  // 4 s; for whoever waited for one of the connections, and then for another, twice that.
  expect(performance.now() - begun).toBeLessThan(16_000);
  const told = errors.map((error) => isOutage(error) || isOutage({ meta: { driverAdapterError: error } }));
  expect(told).toEqual(errors.map(() => true));
  client.release();
  line.speak();
  expect((await pool.query<{ n: number }>('select 1 as n')).rows).toEqual([{ n: 1 }]);
}, 40_000);

test('a statement that takes long is waited for, and an idle connection that is held is left alone', async () => {
  const held = await pool.connect();
  await held.query('begin; create temporary table kept as select 7 as n');
  await pool.query('select pg_sleep(6)');
  expect((await held.query<{ n: number }>('select n from kept')).rows).toEqual([{ n: 7 }]);
  held.release();
  // It was asked for a sign of life meanwhile, and not at every look.
  expect([line.accepted > 2, line.accepted <= 5]).toEqual([true, true]);
}, 40_000);
