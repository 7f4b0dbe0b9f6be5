import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList } from 'node:net';
import type { PlatformConfig } from '@flowmesh/platform/config';
import { CallError } from '@flowmesh/platform/resilience';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';

/** The PostgreSQL server of the product; null for what it does not tell. */
export interface ProductPostgresql {
  /** The same under every name and address, and for replicas. */
  readonly system: string | null;
  /** When this run of it began; everybody may ask that. */
  readonly started: string | null;
}

/** The Redis of the product: this run of it, and what it shares with its replicas. */
export interface ProductRedis {
  readonly runId: string;
  readonly replicationId: string;
}

export interface ProductServersParts {
  /** Of this domain. */
  readonly pool: Pool;
  /** Where that leads to, also when the server is an embedded one. */
  readonly poolUrl: string;
  readonly config: Pick<PlatformConfig, 'databaseUrl' | 'domainDatabaseUrls' | 'redisUrl'>;
}

/** Where settings lead. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

type ServerType = 'POSTGRESQL' | 'REDIS';

const USUAL_PORT: Readonly<Record<ServerType, number>> = { POSTGRESQL: 5432, REDIS: 6379 };
const REDIS_TIMEOUT_MS = 3_000;
/** A server that was started again is another run. */
const KNOWN_MS = 1_000;

interface Known<T> {
  readonly value: Promise<T>;
  readonly until: number;
}

/** Tells the servers of the product itself from all others: integrations cannot reach them. */
export class ProductServers {
  private postgresql: Known<ProductPostgresql> | undefined;
  private redis: Known<ProductRedis> | undefined;

  constructor(private readonly parts: ProductServersParts) {}

  /** Null when the product has no server of the type. Throws `CallError` when its own cannot be asked. */
  async of(type: ServerType): Promise<ProductPostgresql | ProductRedis | null> {
    const { redisUrl } = this.parts.config;
    if (type === 'REDIS' && redisUrl === null) return null;
    try {
      return await (type === 'REDIS' ? this.runOfRedis(redisUrl ?? '') : this.runOfPostgresql());
    } catch (error) {
      const message = 'It cannot be told just now whether this is a server of the product itself.';
      throw new CallError('UNAVAILABLE', message, { retryable: true, fault: false, cause: error });
    }
  }

  /** Whether settings name an address that the product itself is configured with. Other names are noticed at a call. */
  isNamed(type: ServerType, { host, port }: Address): boolean {
    return this.addressesOf(type).some((own) => own.host === bare(host) && own.port === port);
  }

  /** Whether one of these addresses is one of those that the product itself is configured with, by whatever name. */
  async isReached(type: ServerType, addresses: readonly LookupAddress[], port: number): Promise<boolean> {
    const hosts = new Set(this.addressesOf(type).flatMap((own) => (own.port === port ? [own.host] : [])));
    // What cannot be looked up leads nowhere from here.
    const found = await Promise.all([...hosts].map((host) => lookup(host, { all: true }).catch(() => [])));
    const own = new BlockList();
    for (const { address, family } of found.flat()) own.addAddress(withoutZone(address), ipOf(family));
    return addresses.some(({ address, family }) => own.check(withoutZone(address), ipOf(family)));
  }

  private addressesOf(type: ServerType): Address[] {
    const { poolUrl, config } = this.parts;
    const urls =
      type === 'REDIS' ? [config.redisUrl] : [poolUrl, config.databaseUrl, ...Object.values(config.domainDatabaseUrls)];
    return urls.flatMap((url) => (url ? [addressIn(url, USUAL_PORT[type])] : []));
  }

  private runOfPostgresql(): Promise<ProductPostgresql> {
    if (this.postgresql && performance.now() < this.postgresql.until) return this.postgresql.value;
    const value = askPostgresql(this.parts.pool);
    this.postgresql = { value, until: performance.now() + KNOWN_MS };
    value.catch(() => (this.postgresql = undefined));
    return value;
  }

  private runOfRedis(url: string): Promise<ProductRedis> {
    if (this.redis && performance.now() < this.redis.until) return this.redis.value;
    const value = askRedis(url);
    this.redis = { value, until: performance.now() + KNOWN_MS };
    value.catch(() => (this.redis = undefined));
    return value;
  }
}

const bare = (host: string): string => host.toLowerCase().replace(/^\[|\]$/g, '');
const withoutZone = (address: string): string => address.replace(/%.*$/, '');
const ipOf = (family: number) => (family === 6 ? 'ipv6' : 'ipv4');

/** Addresses were checked when the process began. */
function addressIn(url: string, usualPort: number): Address {
  const { hostname, port } = new URL(url);
  return { host: bare(hostname || 'localhost'), port: Number(port || usualPort) };
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** Servers of providers may keep the identifier to themselves. */
async function askPostgresql(pool: Pool): Promise<ProductPostgresql> {
  const { rows } = await pool
    .query<ProductPostgresql>(
      `select (select system_identifier::text from pg_control_system()) as system,
         extract(epoch from pg_postmaster_start_time())::numeric::text as started`,
    )
    .catch((error: unknown) => {
      if ((error as { readonly code?: unknown }).code !== INSUFFICIENT_PRIVILEGE) throw error;
      return pool.query<ProductPostgresql>(
        `select null::text as system, extract(epoch from pg_postmaster_start_time())::numeric::text as started`,
      );
    });
  return rows[0] ?? { system: null, started: null };
}

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
