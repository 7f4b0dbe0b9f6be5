import { fileURLToPath } from 'node:url';
import { ANONYMOUS, NO_CLIENT, type Client, type Viewer } from '@flowmesh/platform/access';
import { loadPlatformConfig, readSettings } from '@flowmesh/platform/config';
import { createPool, migrateDomain } from '@flowmesh/platform/database';
import type { EventBus } from '@flowmesh/platform/events';
import { createLocalSource, type GraphQLRequest } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import { Lifecycle } from '@flowmesh/platform/lifecycle';
import { createLogger } from '@flowmesh/platform/logging';
import type { QueueSystem } from '@flowmesh/platform/queue';
import { createTestDatabases } from '@flowmesh/platform/testing';
import { createServices } from '@flowmesh/platform/services';
import type { Platform } from '@flowmesh/platform/subgraph';
import { decodeJwt } from 'jose';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import type { ExecutionResult } from 'graphql';
import { authSettings, type AuthConfig } from '../auth-config.ts';
import { createAuthSubgraph, type AuthSubgraph } from '../subgraph.ts';

const logger = createLogger({ level: 'silent', name: 'test' });
const MIGRATIONS = fileURLToPath(new URL('../../../../prisma/auth/migrations', import.meta.url));

/** Hashing takes a millisecond rather than a quarter of a second. */
const TEST_ROUNDS = 4;

interface Caller {
  readonly viewer: Viewer;
  readonly client: Client;
}

/** Auth on a database of its own, which looks at no queue and tells no bus. */
export interface AuthUnderTest {
  readonly subgraph: AuthSubgraph;
  readonly pool: Pool;
  /** A further process on the same database, configured the same but for `config`. */
  replica(config?: Partial<AuthConfig>): Promise<AuthSubgraph>;
  /** Everything an operation answers, with its errors. Anonymous, and from nowhere, when not said otherwise. */
  send(query: string, variables: Record<string, unknown>, caller: Partial<Caller>): Promise<ExecutionResult>;
  /** The data of an operation through the executor of local subgraphs; throws when it has errors. */
  ask<T>(query: string, variables?: Record<string, unknown>, viewer?: Viewer): Promise<T>;
  /** The codes of its errors. */
  refusal(query: string, variables?: Record<string, unknown>, viewer?: Viewer): Promise<unknown[]>;
  /** Who bears this access token, as the gateway makes it; anonymous when its session has ended. */
  viewerOf(accessToken: string): Promise<Viewer>;
  /** Runs what is repeated by itself while it works, by its name. */
  repeated(name: string): Promise<void>;
  stop(): Promise<void>;
}

const idle = { poke: () => undefined, stop: async () => undefined };

/** Stands in for queues and bus, which these tests do not use. */
function quiet<T extends object>(methods: Partial<T>): T {
  return methods as T;
}

export interface AuthOptions {
  readonly config?: Partial<AuthConfig>;
  /** Works by itself too: mails are written and sent. */
  readonly working?: boolean;
}

export async function startAuth(options: AuthOptions = {}): Promise<AuthUnderTest> {
  const databases = await createTestDatabases('auth');
  const lifecycle = new Lifecycle(logger);
  const stop = async () => {
    await lifecycle.stop();
    await databases.drop();
  };
  try {
    return await startOn(databases.urls.auth, lifecycle, stop, options);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startOn(
  url: string,
  lifecycle: Lifecycle,
  stop: () => Promise<void>,
  options: AuthOptions,
): Promise<AuthUnderTest> {
  await migrateDomain(url, MIGRATIONS);
  const pool = createPool(url, { max: 3, applicationName: 'test' });
  lifecycle.onStop('test pool', () => pool.end());

  const repeated = new Map<string, () => Promise<void>>();
  const platform: Platform = {
    config: {
      ...loadPlatformConfig({ NODE_ENV: 'test' }),
      internalSecret: 'an internal secret of the tests, long enough',
      encryptionKey: Buffer.alloc(32, 7).toString('base64'),
    },
    logger,
    metrics: new Registry(),
    lifecycle,
    queues: quiet<QueueSystem>({
      repeat: (job, _everyMs, work) => {
        repeated.set(job, async () => void (await work()));
        return idle;
      },
      check: async () => undefined,
    }),
    bus: quiet<EventBus>({ publish: async () => undefined, check: async () => undefined }),
    databaseUrl: () => url,
    services: createServices(new Map()),
  };
  const create = (worker: boolean, config?: Partial<AuthConfig>) =>
    createAuthSubgraph(
      { ...platform, metrics: new Registry() },
      { api: true, worker },
      { ...readSettings(authSettings, {}), passwordRounds: TEST_ROUNDS, ...options.config, ...config },
    );
  const replica = (config?: Partial<AuthConfig>) => create(false, config);
  const subgraph = await create(options.working ?? false);
  if (options.working) await subgraph.start();
  const source = createLocalSource(subgraph, logger);

  const execute = (request: GraphQLRequest, viewer: Viewer, client: Client = NO_CLIENT) =>
    source.execute(request, { viewer, client, requestId: newId() });
  return {
    subgraph,
    pool,
    replica,
    send: (query, variables, { viewer = ANONYMOUS, client }) => execute({ query, variables }, viewer, client),
    async ask<T>(query: string, variables?: Record<string, unknown>, viewer: Viewer = ANONYMOUS) {
      const { data, errors } = await execute({ query, variables }, viewer);
      if (errors) throw new Error(JSON.stringify(errors));
      return data as T;
    },
    async refusal(query, variables, viewer = ANONYMOUS) {
      const { errors = [] } = await execute({ query, variables }, viewer);
      return errors.map(({ extensions }) => extensions.code);
    },
    async viewerOf(accessToken) {
      const { sid, exp = 0, jti = '' } = decodeJwt<{ sid: string }>(accessToken);
      const [state] = await subgraph.identity.sessions([{ sessionId: sid, tokenId: jti }]);
      return state ? { kind: 'user', ...state, sessionId: sid, expiresAt: exp } : ANONYMOUS;
    },
    async repeated(job) {
      const work = repeated.get(job);
      if (!work) throw new Error(`nothing is repeated under the name ${job}`);
      await work();
    },
    stop,
  };
}
