import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { loadPlatformConfig } from '../config/index.ts';
import { createPool } from '../database/index.ts';
import type { DomainName } from '../domains/index.ts';
import { createEventBus, type EventBus } from '../events/index.ts';
import type { SubgraphSources } from '../federation/index.ts';
import { Lifecycle } from '../lifecycle/index.ts';
import { createQueueSystem, type QueueSystem } from '../queue/index.ts';
import { createServices } from '../services/index.ts';
import type { Platform, Subgraph } from '../subgraph/index.ts';
import { silent } from './silent.ts';
import { SubgraphProcess } from './subgraph-process.ts';
import { createDomainDatabase, createTestDatabases, type TestDatabases } from './test-databases.ts';

export const ENCRYPTION_KEY = Buffer.alloc(32, 7).toString('base64');

/** What a process needs in its environment. */
export const TEST_ENVIRONMENT = {
  NODE_ENV: 'test',
  ENCRYPTION_KEY,
  INTERNAL_SECRET: 'an internal secret of the tests, long enough',
};

export interface TestOptions {
  /** Settings of the platform. */
  readonly env?: Readonly<Record<string, string>>;
  /** Connections of the test's own pool. Default 3. */
  readonly connections?: number;
  /** Stand in for other domains. */
  readonly services?: SubgraphSources;
  /** Instead of those on PostgreSQL; whoever gives them closes them. */
  readonly queues?: QueueSystem;
  readonly bus?: EventBus;
}

/** A database of a subgraph's own, with queues and bus on PostgreSQL, and as many processes as a test starts. */
export interface SubgraphUnderTest {
  readonly url: string;
  /** The test's own connections to it. */
  readonly pool: Pool;
  /** Builds and starts a process, which is stopped with all others. */
  process<Built extends Subgraph>(
    create: (platform: Platform) => Built | Promise<Built>,
  ): Promise<SubgraphProcess<Built>>;
  stop(): Promise<void>;
}

export async function subgraphUnderTest(domain: DomainName, options: TestOptions = {}): Promise<SubgraphUnderTest> {
  const own = await createDomainDatabase(domain);
  const url = own.urls[domain];
  const pool = createPool(url, { max: options.connections ?? 3, applicationName: 'test' });
  const config = loadPlatformConfig({ ...TEST_ENVIRONMENT, ...options.env });
  const lifecycles: Lifecycle[] = [];
  let shared: Promise<TestDatabases<'platform'>> | undefined;
  const backend = async () => {
    const { urls } = await (shared ??= createTestDatabases('platform'));
    return { redisUrl: null, platformDatabaseUrl: urls.platform, logger: silent };
  };
  const openBus = async (lifecycle: Lifecycle) => {
    const bus = await createEventBus(await backend());
    lifecycle.onStop('bus', () => bus.close());
    return bus;
  };
  const openQueues = async (lifecycle: Lifecycle) => {
    const queues = await createQueueSystem(await backend());
    lifecycle.onStop('queues', () => queues.close());
    return queues;
  };

  async function platformFor(lifecycle: Lifecycle): Promise<Platform> {
    const bus = options.bus ?? (await openBus(lifecycle));
    const queues = options.queues ?? (await openQueues(lifecycle));
    const services = createServices(options.services ?? new Map());
    const metrics = new Registry();
    return { config, logger: silent, metrics, lifecycle, queues, bus, databaseUrl: () => url, services };
  }

  return {
    url,
    pool,
    async process(create) {
      const lifecycle = new Lifecycle(silent);
      lifecycles.push(lifecycle);
      const platform = await platformFor(lifecycle);
      const subgraph = await create(platform);
      await subgraph.start();
      return new SubgraphProcess(subgraph, platform.bus, lifecycle);
    },
    async stop() {
      await Promise.all(lifecycles.map((lifecycle) => lifecycle.stop()));
      await pool.end();
      await own.drop();
      await (await shared)?.drop();
    },
  };
}
