import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child.ts';
import { copyDatabases, dropDatabases, newPrefix } from './databases.ts';
import { freePort } from './ports.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { testBackend, testRun, type Backend, type ProductAddress } from './test-config.ts';

export interface Product extends ProductAddress {
  readonly child: Child;
  readonly port: number;
  readonly redis: TestRedis | null;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends it as Ctrl-C does and removes what it has left. */
  stop(): Promise<void>;
}

export interface ProductOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly backend?: Backend;
  /** PostgreSQL server; the one of the run when left out. */
  readonly databaseUrl?: string;
  /** False: it makes and migrates its databases by itself, as on a server that is not the one of the run. */
  readonly migrated?: boolean;
}

export const ADMIN = { email: 'admin@flowmesh.test', password: 'correct horse battery staple' } as const;

/** Everything a product needs to run apart from all others, and how to remove it. */
export async function prepareEnvironment(options: ProductOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'flowmesh-test-'));
  const databaseUrl = options.databaseUrl ?? testRun().databaseUrl;
  const databasePrefix = newPrefix();
  if (options.databaseUrl === undefined && options.migrated !== false) {
    await copyDatabases(databaseUrl, databasePrefix, testRun().keeper);
  }
  const redis = (options.backend ?? testBackend()) === 'redis' ? await startRedis() : null;
  const environment: NodeJS.ProcessEnv = {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: databaseUrl,
    DATABASE_PREFIX: databasePrefix,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    INTERNAL_SECRET: randomBytes(32).toString('hex'),
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    // A code is made some time before it arrives.
    MFA_CLOCK_TOLERANCE_SECONDS: '30',
    // Hashing takes a millisecond rather than a quarter of a second; where it counts, a test or benchmark says otherwise.
    ...(options.env?.NODE_ENV === undefined && { PASSWORD_HASH_ROUNDS: '4' }),
    // Doubles of models and HTTP agents listen here.
    ALLOW_PRIVATE_ADDRESSES: '127.0.0.1/32',
    ...(redis && { REDIS_URL: redis.url }),
    ...options.env,
  };
  return {
    folder,
    environment,
    databaseUrl,
    databasePrefix,
    redis,
    remove: async () => {
      await redis?.stop();
      await dropDatabases(databaseUrl, databasePrefix);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts the built product in one process, on a free port, and waits until it is ready. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const prepared = await prepareEnvironment(options);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(prepared.folder, 'product.log');
  const child = Child.start('server/main.js', logFile, { ...prepared.environment, PORT: String(port) });
  const stop = async () => {
    await child.stop();
    await prepared.remove();
  };
  try {
    await child.ready(url);
  } catch (error) {
    await stop();
    throw error;
  }
  const { environment, databaseUrl, databasePrefix, redis } = prepared;
  return { url, port, databaseUrl, databasePrefix, logFile, admin: ADMIN, child, redis, environment, stop };
}

/** The product that the API tests of a run share. */
export const sharedProduct = (): ProductAddress => testRun().product;
