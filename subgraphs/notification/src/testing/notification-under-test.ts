import { fileURLToPath } from 'node:url';
import type { Viewer } from '@flowmesh/platform/access';
import { loadPlatformConfig } from '@flowmesh/platform/config';
import { createPool, migrateDomain } from '@flowmesh/platform/database';
import { createEventBus, type EventBus } from '@flowmesh/platform/events';
import { createLocalSource, type SubgraphSource } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import { Lifecycle } from '@flowmesh/platform/lifecycle';
import { createLogger } from '@flowmesh/platform/logging';
import { createQueueSystem } from '@flowmesh/platform/queue';
import { createSecretBox, createKeyRing } from '@flowmesh/platform/secrets';
import { createHttpServer } from '@flowmesh/platform/server';
import { createTestDatabases } from '@flowmesh/platform/testing';
import { createServices } from '@flowmesh/platform/services';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import type { Channel, ChannelSettings } from '../channels/channel-adapter.ts';
import { ChannelSecrets } from '../channels/channel-secrets.ts';
import { createSubgraph, type Substitutes } from '../subgraph.ts';

const logger = createLogger({ level: 'silent', name: 'test' });
const MIGRATIONS = fileURLToPath(new URL('../../../../prisma/notification/migrations', import.meta.url));
const ENCRYPTION_KEY = Buffer.alloc(32, 7).toString('base64');

/** Where callbacks of providers are said to go. */
export const PUBLIC_URL = 'https://flowmesh.test';

export const MEMBER_SCOPES = ['notification:read', 'notification:send'];

/** Somebody who may name any recipient. */
export const userOf = (userId: string, ...extra: string[]): Viewer =>
  memberOf(userId, 'notification:send-anywhere', ...extra);

export const memberOf = (userId: string, ...extra: string[]): Viewer => ({
  kind: 'user',
  userId,
  scopes: [...MEMBER_SCOPES, ...extra],
  sessionId: 'session',
  expiresAt: Math.floor(Date.now() / 1000) + 600,
});

/** One process of the subgraph, asked through the executor of local subgraphs. */
export class NotificationProcess {
  constructor(
    readonly source: SubgraphSource,
    readonly bus: EventBus,
    /** Of its plain HTTP routes. */
    readonly url: string,
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

export interface NewProvider {
  readonly channel: Channel;
  readonly provider: string;
  readonly settings?: ChannelSettings;
  readonly position?: number;
  readonly rateLimitPerMinute?: number;
  readonly recipientRateLimitPerMinute?: number | null;
}

/** A database of the subgraph's own, with queue and bus on PostgreSQL, and as many processes as a test starts. */
export interface NotificationUnderTest {
  readonly pool: Pool;
  /** With its workers, unless told otherwise. */
  process(substitutes?: Substitutes, roles?: { readonly worker: boolean }): Promise<NotificationProcess>;
  /** Configures a provider of a channel; its id. Limits are far away unless given. */
  provider(provider: NewProvider): Promise<string>;
  stop(): Promise<void>;
}

export async function prepareNotifications(): Promise<NotificationUnderTest> {
  const databases = await createTestDatabases('notification', 'platform');
  const { notification: url, platform: platformDatabaseUrl } = databases.urls;
  await migrateDomain(url, MIGRATIONS);
  const pool = createPool(url, { max: 3, applicationName: 'test' });
  const secrets = new ChannelSecrets(createSecretBox(createKeyRing(ENCRYPTION_KEY)));
  const processes: NotificationProcess[] = [];

  async function startProcess(substitutes: Substitutes = {}, { worker } = { worker: true }) {
    const lifecycle = new Lifecycle(logger);
    const shared = { redisUrl: null, platformDatabaseUrl, logger };
    const bus = await createEventBus(shared);
    lifecycle.onStop('bus', () => bus.close());
    const queues = await createQueueSystem(shared);
    lifecycle.onStop('queues', () => queues.close());
    const config = {
      ...loadPlatformConfig({ NODE_ENV: 'test', ALLOW_PRIVATE_ADDRESSES: '127.0.0.1', PUBLIC_URL }),
      encryptionKey: ENCRYPTION_KEY,
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
    const subgraph = await createSubgraph(platform, { api: true, worker }, substitutes);
    await subgraph.start();
    const routes = createHttpServer({ logger, metrics });
    subgraph.registerRoutes?.(routes);
    const routesUrl = await routes.listen({ host: '127.0.0.1', port: 0 });
    lifecycle.onStop('routes', () => routes.close());
    const started = new NotificationProcess(createLocalSource(subgraph, logger), bus, routesUrl, lifecycle);
    processes.push(started);
    return started;
  }

  return {
    pool,
    process: startProcess,
    async provider({ channel, provider, settings, position = 0, rateLimitPerMinute = 100_000, ...limits }) {
      const id = newId();
      await pool.query(
        `insert into channel_configs (id, channel, provider, name, config, position, rate_limit_per_minute,
           recipient_rate_limit_per_minute) values ($1, $2::channel, $3, $1, $4, $5, $6, $7)`,
        [
          id,
          channel,
          provider,
          settings ? secrets.seal(id, settings) : null,
          position,
          rateLimitPerMinute,
          limits.recipientRateLimitPerMinute ?? null,
        ],
      );
      return id;
    },
    async stop() {
      await Promise.all(processes.map((started) => started.stop()));
      await pool.end();
      await databases.drop();
    },
  };
}
