import type { PlatformConfig } from '@flowmesh/platform/config';
import { DATABASE_DOMAINS } from '@flowmesh/platform/database';
import { CallError } from '@flowmesh/platform/resilience';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';

/** The PostgreSQL of the product, and its databases there. */
export interface ProductPostgresql {
  /** The same under every name and address, and for replicas. */
  readonly server: string;
  readonly databases: readonly string[];
}

/** The Redis of the product: this run of it, and what it shares with its replicas. */
export interface ProductRedis {
  readonly runId: string;
  readonly replicationId: string;
}

export interface ProductServersParts {
  /** Of this domain. */
  readonly pool: Pool;
  readonly config: Pick<PlatformConfig, 'databaseUrl' | 'domainDatabaseUrls' | 'databasePrefix' | 'redisUrl'>;
}

/** Where settings lead; `database` is a name only for PostgreSQL. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly database: string | number;
}

const REDIS_TIMEOUT_MS = 3_000;
/** A Redis that was started again is another run. */
const REDIS_KNOWN_MS = 1_000;

/** Tells the servers of the product itself from all others: integrations cannot reach them. */
export class ProductServers {
  private postgresql: Promise<ProductPostgresql> | undefined;
  private redis: { readonly known: Promise<ProductRedis>; readonly until: number } | undefined;

  constructor(private readonly parts: ProductServersParts) {}

  /** Null when the product has no server of the type. Throws `CallError` when its own cannot be asked. */
  async of(type: 'POSTGRESQL' | 'REDIS'): Promise<ProductPostgresql | ProductRedis | null> {
    const { redisUrl } = this.parts.config;
    if (type === 'REDIS' && redisUrl === null) return null;
    try {
      return await (type === 'REDIS' ? this.runOfRedis(redisUrl ?? '') : this.systemOfPostgresql());
    } catch (error) {
      const message = 'It cannot be told just now whether this is a server of the product itself.';
      throw new CallError('UNAVAILABLE', message, { retryable: true, fault: false, cause: error });
    }
  }

  /** Whether settings name an address that the product itself is configured with. Other names are noticed at a call. */
  isNamed(type: 'POSTGRESQL' | 'REDIS', { host, port, database }: Address): boolean {
    const { databaseUrl, domainDatabaseUrls, redisUrl } = this.parts.config;
    if (type === 'REDIS') return redisUrl !== null && leadsTo(redisUrl, { host, port }, 6379);
    const own = Object.values(domainDatabaseUrls).filter((url) => url !== undefined);
    return (
      own.some((url) => leadsTo(url, { host, port }, 5432) && nameIn(url) === database) ||
      (databaseUrl !== null && leadsTo(databaseUrl, { host, port }, 5432) && this.databases.includes(String(database)))
    );
  }

  /** All that the product makes. */
  private get databases(): readonly string[] {
    return DATABASE_DOMAINS.map((domain) => `${this.parts.config.databasePrefix}_${domain}`);
  }

  private systemOfPostgresql(): Promise<ProductPostgresql> {
    this.postgresql ??= this.askPostgresql();
    this.postgresql.catch(() => (this.postgresql = undefined));
    return this.postgresql;
  }

  private async askPostgresql(): Promise<ProductPostgresql> {
    const { rows } = await this.parts.pool.query<{ server: string; database: string }>(
      'select system_identifier::text as server, current_database()::text as database from pg_control_system()',
    );
    const [{ server = '', database = '' } = {}] = rows;
    return { server, databases: [...this.databases, database] };
  }

  private runOfRedis(url: string): Promise<ProductRedis> {
    if (this.redis && performance.now() < this.redis.until) return this.redis.known;
    const known = askRedis(url);
    this.redis = { known, until: performance.now() + REDIS_KNOWN_MS };
    known.catch(() => (this.redis = undefined));
    return known;
  }
}

/** Addresses were checked when the process began. */
function leadsTo(url: string, { host, port }: Pick<Address, 'host' | 'port'>, usualPort: number): boolean {
  const known = new URL(url);
  return known.hostname.toLowerCase() === host.toLowerCase() && Number(known.port || usualPort) === port;
}

const nameIn = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

async function askRedis(url: string): Promise<ProductRedis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: REDIS_TIMEOUT_MS,
    commandTimeout: REDIS_TIMEOUT_MS,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const info = `${await redis.info('server')}\n${await redis.info('replication')}`;
    const valueOf = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? '';
    return { runId: valueOf('run_id'), replicationId: valueOf('master_replid') };
  } finally {
    redis.disconnect();
  }
}
