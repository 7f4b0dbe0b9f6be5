import { loadPlatformConfig } from '@flowmesh/platform/config';
import { createPool } from '@flowmesh/platform/database';
import { DOMAIN_NAMES, type DomainName } from '@flowmesh/platform/domains';
import { StartError } from '@flowmesh/platform/errors';
import { createEventBus } from '@flowmesh/platform/events';
import { Lifecycle } from '@flowmesh/platform/lifecycle';
import { createQueueSystem } from '@flowmesh/platform/queue';
import { createServices } from '@flowmesh/platform/services';
import type { Platform } from '@flowmesh/platform/subgraph';
import {
  createDomainDatabase,
  createTestDatabases,
  ENCRYPTION_KEY,
  silent as logger,
} from '@flowmesh/platform/subgraph-testing';
import { until } from '@flowmesh/platform/testing';
import { VERSION } from '@flowmesh/platform/version';
import { Registry } from 'prom-client';
import type { Pool } from 'pg';
import { loadSubgraphs } from './__generated__/subgraphs.ts';

const ROLES = { api: true, worker: true };
const lifecycle = new Lifecycle(logger);

const urls = new Map<DomainName, string>();
const dropped: (() => Promise<void>)[] = [];
let platform: Platform;
let code: Awaited<ReturnType<typeof loadSubgraphs>>;
const pools = new Map<DomainName, Pool>();

beforeAll(async () => {
  code = await loadSubgraphs();
  for (const name of DOMAIN_NAMES) {
    const database = await createDomainDatabase(name);
    dropped.push(database.drop);
    urls.set(name, database.urls[name]);
    pools.set(name, createPool(database.urls[name], { max: 1, applicationName: 'test' }));
  }
  const own = await createTestDatabases('platform');
  dropped.push(own.drop);
  const shared = { redisUrl: null, platformDatabaseUrl: own.urls.platform, logger };
  const [bus, queues] = await Promise.all([createEventBus(shared), createQueueSystem(shared)]);
  lifecycle.onStop('bus', () => bus.close());
  lifecycle.onStop('queues', () => queues.close());
  platform = {
    config: loadPlatformConfig({
      NODE_ENV: 'test',
      ENCRYPTION_KEY,
      INTERNAL_SECRET: 'an internal secret of the tests, long enough',
    }),
    logger,
    metrics: new Registry(),
    lifecycle,
    queues,
    bus,
    databaseUrl: (name) => urls.get(name as DomainName) ?? '',
    services: createServices(new Map()),
  };
});

afterAll(async () => {
  await lifecycle.stop();
  for (const pool of pools.values()) await pool.end();
  for (const drop of dropped) await drop();
});

/** How many rows the tables of a domain have, and how many connections others have to its database. */
async function stateOf(name: DomainName) {
  const pool = pools.get(name)!;
  const { rows: tables } = await pool.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  );
  const counts = tables.map((table) => `select '${table.name}' as name, count(*)::int as rows from ${table.name}`);
  const { rows } = await pool.query<{ name: string; rows: number }>(counts.join(' union all '));
  const { rows: connections } = await pool.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  return { tables: rows, connections: connections[0]!.count };
}
const states = async () =>
  Object.fromEntries(await Promise.all(DOMAIN_NAMES.map(async (name) => [name, await stateOf(name)] as const)));
/** What keeps the process from ending: timers, sockets, threads, child processes. */
const held = () => process.getActiveResourcesInfo().sort();

test('building a subgraph writes no row, connects nowhere and holds nothing; its start does', async () => {
  const before = await states();
  const resources = held();
  const subgraphs = Object.values(code).map(({ createSubgraph }) => createSubgraph(platform, ROLES));
  expect(held()).toEqual(resources);
  expect(await states()).toEqual(before);
  expect(Object.values(before).map(({ connections }) => connections)).toEqual(DOMAIN_NAMES.map(() => 0));
  expect(subgraphs.map(({ name, version }) => ({ name, version }))).toEqual(
    DOMAIN_NAMES.map((name) => ({ name, version: VERSION })),
  );

  for (const subgraph of subgraphs) await subgraph.start();
  expect(held().length).toBeGreaterThan(resources.length);
  const after = await states();
  const rows = (state: typeof after, name: DomainName, table: string) =>
    state[name]!.tables.find((each) => each.name === table)!.rows;
  const added = (name: DomainName, table: string) => rows(after, name, table) - rows(before, name, table);
  expect(added('auth', 'users')).toBe(1);
  expect(added('auth', 'signing_keys')).toBe(1);
  expect(added('notification', 'channel_configs')).toBe(1);
  // Relays begin behind the start.
  await until('every domain has connected', async () =>
    Object.values(await states()).every(({ connections }) => connections > 0),
  );
});

/** Keeps the names of what is to be stopped, in the order in which it began. */
class RecordedLifecycle extends Lifecycle {
  readonly names: string[] = [];

  override onStop(name: string, stop: () => Promise<void> | void): void {
    this.names.push(name);
    super.onStop(name, stop);
  }
}

test.each([
  { role: 'api', works: ['agent: relay', 'agent: outcomes', 'agent: execution ends'] },
  {
    role: 'worker',
    works: [
      'agent: relay',
      'agent: sealed secrets',
      'agent: outcomes',
      'agent: retention of agent-policies',
      'agent: pushes of remote tasks',
      'agent: cancelling of remote tasks',
      'agent: health checks',
      'agent: retention of agent-budget-reservations',
      'agent: retention of agent-budget-periods',
      'agent: execution ends',
      'agent: sweeper',
      'agent: retention of agent-executions',
      'agent: suspended users',
      'agent: worker',
      'agent: pushes',
    ],
  },
])('as $role a domain begins what it has to do there, in the order in which it is named', async ({ role, works }) => {
  const own = new RecordedLifecycle(logger);
  const [encryptionKey, earlier] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'));
  const config = { ...platform.config, encryptionKey: encryptionKey!, decryptionKeys: [earlier!] };
  const subgraph = code.agent.createSubgraph(
    { ...platform, config, metrics: new Registry(), lifecycle: own },
    { api: role === 'api', worker: role === 'worker' },
  );
  try {
    expect(own.names).toEqual(['agent: database', 'agent: http']);
    await subgraph.start();
    expect(own.names.slice(2)).toEqual(works);
  } finally {
    await own.stop();
  }
});

test('a subgraph that is not given what it needs says so, before anything is connected', () => {
  const without = { ...platform, config: { ...platform.config, encryptionKey: null, internalSecret: null } };
  const messages = Object.values(code).map(({ createSubgraph }) => {
    try {
      return createSubgraph(without, ROLES).name;
    } catch (error) {
      return error instanceof StartError ? error.message : error;
    }
  });
  expect(messages).toEqual([
    'auth needs INTERNAL_SECRET.',
    'agent needs ENCRYPTION_KEY.',
    'workflow',
    'context',
    'notification needs ENCRYPTION_KEY.',
    'integration needs ENCRYPTION_KEY.',
  ]);
});
