import { Client } from 'pg';
import type { PlatformConfig } from '../config/index.ts';
import { DOMAIN_NAMES } from '../domains/index.ts';
import { DatabaseStartError, describeError, errorCode } from './errors.ts';

/** The databases of the product: one per domain, and one for what all share (queues, bus, leases). */
export const DATABASE_DOMAINS: readonly string[] = [...DOMAIN_NAMES, 'platform'];

const CONNECT_TIMEOUT_MS = 5_000;
const DUPLICATE_DATABASE = '42P04';
const UNIQUE_VIOLATION = '23505';

/** `database flowmesh_agent on db.example:5432`: an address for messages, without account and password. */
export function describeConnection(url: string): string {
  const { hostname, port, pathname } = parseUrl(url);
  return `database ${decodeURIComponent(pathname.slice(1)) || 'postgres'} on ${hostname || 'localhost'}:${port || '5432'}`;
}

/** The same server, account and options, another database. */
export function withDatabase(url: string, database: string): string {
  const parsed = parseUrl(url);
  parsed.pathname = `/${encodeURIComponent(database)}`;
  return parsed.toString();
}

function parseUrl(url: string): URL {
  try {
    return new URL(url);
  } catch {
    // The parser's own error carries the whole address, password included.
    throw new DatabaseStartError(
      'A database address is not a valid URL: use postgresql://user:password@host:port/name.',
    );
  }
}

type UrlConfig = Pick<PlatformConfig, 'databaseUrl' | 'domainDatabaseUrls' | 'databasePrefix'>;

/**
 * Address of each domain's database: the one given for it, else `<prefix>_<domain>` on the server of `databaseUrl`,
 * created if missing. Throws `DatabaseStartError` when a server does not answer within 5 s or refuses.
 */
export async function resolveDatabaseUrls(
  config: UrlConfig,
  domains: readonly string[] = DATABASE_DOMAINS,
): Promise<ReadonlyMap<string, string>> {
  const urls = new Map<string, string>();
  const missing: string[] = [];
  for (const domain of domains) {
    const own = config.domainDatabaseUrls[domain];
    if (own !== undefined) urls.set(domain, own);
    else if (config.databaseUrl === null) throw new DatabaseStartError(`There is no database address for ${domain}.`);
    else {
      const name = `${config.databasePrefix}_${domain}`;
      urls.set(domain, withDatabase(config.databaseUrl, name));
      missing.push(name);
    }
  }
  if (config.databaseUrl !== null && missing.length > 0) await createDatabases(config.databaseUrl, missing);
  const own = domains.filter((domain) => config.domainDatabaseUrls[domain] !== undefined);
  await Promise.all(own.map((domain) => withClient(urls.get(domain) ?? '', async () => undefined)));
  return urls;
}

/** Creates those of the databases that are missing; other processes may do so at the same time. */
export async function createDatabases(serverUrl: string, names: readonly string[]): Promise<void> {
  const { pathname } = parseUrl(serverUrl);
  const url = pathname.length > 1 ? serverUrl : withDatabase(serverUrl, 'postgres');
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'select datname from pg_database where datname = any($1::text[])',
      [names],
    );
    const existing = new Set(rows.map((row) => row.datname));
    for (const name of names.filter((candidate) => !existing.has(candidate))) {
      try {
        // template0 because nobody can be connected to it, which would make the copy fail.
        await client.query(`create database ${client.escapeIdentifier(name)} template template0`);
      } catch (error) {
        const code = errorCode(error);
        if (code === DUPLICATE_DATABASE || code === UNIQUE_VIOLATION) continue;
        throw new DatabaseStartError(
          `The ${describeConnection(withDatabase(url, name))} is missing and cannot be created ` +
            `(${describeError(error)}): create it, or let the account create databases.`,
          { cause: error },
        );
      }
    }
  });
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'flowmesh-start',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new DatabaseStartError(
      `The ${describeConnection(url)} cannot be reached (${describeError(error)}): ` +
        'check the address, the account and that the server runs.',
      { cause: error },
    );
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
