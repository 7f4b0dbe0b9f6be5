import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Logger } from '../logging/index.ts';
import { createTestDatabases, type TestDatabases } from '../subgraph-testing/test-databases.ts';
import { until } from '../testing/index.ts';
import { resolveDatabaseUrls } from './database-urls.ts';
import { waitForStore } from './wait-for-store.ts';

let databases: TestDatabases<'waiting'>;
/** Of an existing database. */
let url: string;
const servers: Server[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  databases = await createTestDatabases('waiting');
  url = databases.urls.waiting;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  await databases.drop();
});

/** One connection after the other is treated in the next of these ways, all further ones in the last. */
async function listen(port: number, ways: readonly ((client: Socket) => void)[]): Promise<number> {
  let connections = 0;
  const server = createServer((client) => {
    sockets.push(client.on('error', () => undefined));
    ways[Math.min(connections++, ways.length - 1)]!(client);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const silent = () => undefined;
const broken = (client: Socket) => void client.destroy();
/** As PostgreSQL says it before it has recovered. */
const starting = (client: Socket) => {
  const fields = 'SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0';
  const head = Buffer.from('E\0\0\0\0', 'latin1');
  head.writeInt32BE(fields.length + 4, 1);
  client.once('data', () => client.end(Buffer.concat([head, Buffer.from(fields)])));
};
const forwarded = (client: Socket) => {
  const { hostname, port } = new URL(url);
  const upstream = connect(Number(port), hostname).on('error', () => client.destroy());
  sockets.push(upstream);
  client.pipe(upstream).pipe(client);
};

const at = (port: number) => Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href;

/** The address is used as a start uses it. */
function begin(address: string, patienceMs?: number) {
  const told: string[] = [];
  const logger = { warn: (message: string) => told.push(message) } as unknown as Logger;
  const config = { databaseUrl: null, domainDatabaseUrls: { agent: address }, databasePrefix: 'unused' };
  const done = waitForStore({ logger, ...(patienceMs !== undefined && { patienceMs }) }, () =>
    resolveDatabaseUrls(config, ['agent']),
  );
  return { done, told };
}

async function freePort(): Promise<number> {
  const port = await listen(0, [broken]);
  await new Promise((resolve) => servers.pop()!.close(resolve));
  return port;
}

it('goes on when a server that was not there, silent, broken and starting is ready, and tells each attempt', async () => {
  const port = await freePort();
  const { done, told } = begin(at(port));
  await until('an attempt has failed', () => told.length > 0);
  expect(told[0]).toContain(
    `Trying again for up to 30 s: The database ${new URL(url).pathname.slice(1)} on 127.0.0.1:${port} cannot be reached (connect ECONNREFUSED`,
  );
  await listen(port, [silent, broken, starting, forwarded]);
  expect([...(await done)]).toEqual([['agent', at(port)]]);
  const reasons = told.map((line) => /\(([^)]*)\): check/.exec(line)?.[1]);
  expect(reasons.slice(-3)).toEqual([
    'timeout expired',
    'Connection terminated unexpectedly',
    'the database system is starting up',
  ]);
}, 40_000);

it('gives up when its patience is at an end', async () => {
  const { done, told } = begin(at(await freePort()), 1_000);
  await expect(done).rejects.toThrow(/cannot be reached \(connect ECONNREFUSED .*that the server runs\.$/);
  expect(told.length).toBeGreaterThan(0);
});

it.each([
  ['an unknown account', { username: 'nobody', password: 'wrong' }, /cannot be reached \(.*"nobody"/],
  [
    'an unknown database',
    { pathname: '/nothing_here' },
    /cannot be reached \(database "nothing_here" does not exist\)/,
  ],
  ['an unknown host', { hostname: 'nobody.invalid' }, /cannot be reached \(getaddrinfo ENOTFOUND nobody.invalid\)/],
])('does not wait for %s', async (_name, change, words) => {
  const { done, told } = begin(Object.assign(new URL(url), change).href);
  await expect(done).rejects.toThrow(words);
  expect(told).toEqual([]);
});
