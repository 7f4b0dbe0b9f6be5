import { fileURLToPath } from 'node:url';
import type { Viewer } from '@flowmesh/platform/access';
import { loadPlatformConfig } from '@flowmesh/platform/config';
import { createPool, migrateDomain } from '@flowmesh/platform/database';
import { createEventBus } from '@flowmesh/platform/events';
import { createLocalSource, type SubgraphSource } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import { Lifecycle } from '@flowmesh/platform/lifecycle';
import { createLogger } from '@flowmesh/platform/logging';
import { createQueueSystem } from '@flowmesh/platform/queue';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { createTestDatabases } from '@flowmesh/platform/testing';
import { createServices } from '@flowmesh/platform/services';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { createSubgraph } from '../subgraph.ts';

const logger = createLogger({ level: 'silent', name: 'test' });
const MIGRATIONS = fileURLToPath(new URL('../../../../prisma/agent/migrations', import.meta.url));

export const MEMBER_SCOPES = ['agent:read', 'agent:write', 'agent:execute'];

export const userOf = (userId: string, scopes: readonly string[] = MEMBER_SCOPES): Viewer => ({
  kind: 'user',
  userId,
  scopes,
  sessionId: 'session',
  expiresAt: Math.floor(Date.now() / 1000) + 600,
});

/** One process of the subgraph, asked through the executor of local subgraphs. */
export class AgentProcess {
  constructor(
    readonly source: SubgraphSource,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** The data of an operation; throws when it has errors. */
  async ask<T = Record<string, unknown>>(viewer: Viewer, query: string, variables: object = {}): Promise<T> {
    const call = { viewer, requestId: newId() };
    const { data, errors } = await this.source.execute({ query, variables: { ...variables } }, call);
    if (errors) throw new Error(JSON.stringify(errors));
    return data as T;
  }

  async *messages<T>(viewer: Viewer, query: string, variables: object = {}): AsyncGenerator<T> {
    const call = { viewer, requestId: newId() };
    const stream = await this.source.subscribe({ query, variables: { ...variables } }, call);
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream.errors));
    for await (const { data, errors } of stream) {
      if (errors) throw new Error(JSON.stringify(errors));
      yield data as T;
    }
  }

  stop(): Promise<void> {
    return this.lifecycle.stop();
  }
}

/** A database of the subgraph's own, with queue and bus on PostgreSQL, and as many processes as a test starts. */
export interface AgentUnderTest {
  readonly pool: Pool;
  /** With its workers, unless told otherwise. */
  process(roles?: { readonly worker: boolean }): Promise<AgentProcess>;
  stop(): Promise<void>;
}

export async function prepareAgents(): Promise<AgentUnderTest> {
  const databases = await createTestDatabases('agent', 'platform');
  const { agent: url, platform: platformDatabaseUrl } = databases.urls;
  await migrateDomain(url, MIGRATIONS);
  const pool = createPool(url, { max: 3, applicationName: 'test' });
  const processes: AgentProcess[] = [];

  async function startProcess({ worker } = { worker: true }): Promise<AgentProcess> {
    const lifecycle = new Lifecycle(logger);
    const shared = { redisUrl: null, platformDatabaseUrl, logger };
    const bus = await createEventBus(shared);
    lifecycle.onStop('bus', () => bus.close());
    const queues = await createQueueSystem(shared);
    lifecycle.onStop('queues', () => queues.close());
    const config = {
      ...loadPlatformConfig({ NODE_ENV: 'test', ALLOW_PRIVATE_ADDRESSES: '127.0.0.1' }),
      encryptionKey: Buffer.alloc(32, 7).toString('base64'),
    };
    const metrics = new Registry();
    const platform = {
      config,
      logger,
      metrics,
      lifecycle,
      queues,
      bus,
      databaseUrl: () => url,
      services: createServices(new Map()),
    };
    const subgraph = await createSubgraph(platform, { api: true, worker });
    await subgraph.start();
    const started = new AgentProcess(createLocalSource(subgraph, logger), lifecycle);
    processes.push(started);
    return started;
  }

  return {
    pool,
    process: startProcess,
    async stop() {
      await Promise.all(processes.map((started) => started.stop()));
      await closeSandbox();
      await pool.end();
      await databases.drop();
    },
  };
}
