import { randomBytes } from 'node:crypto';
import { DOMAIN_NAMES, type DomainName } from '@flowmesh/platform/domains';
import { askKeeper } from '@flowmesh/platform/testing';
import pg from 'pg';
import type { ProductAddress } from './test-config.ts';

export type Domain = DomainName;
export const DOMAINS = DOMAIN_NAMES;

/** A prefix no other product uses. */
export const newPrefix = (): string => `t${randomBytes(6).toString('hex')}`;

export function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** Rows of one statement against a domain's database, past the product. */
export async function sql<T extends pg.QueryResultRow>(
  product: Pick<ProductAddress, 'databaseUrl' | 'databasePrefix'>,
  domain: Domain,
  text: string,
  values: readonly unknown[] = [],
): Promise<T[]> {
  return (await poolFor(product, domain).query<T>(text, [...values])).rows;
}

const poolFor = (product: Pick<ProductAddress, 'databaseUrl' | 'databasePrefix'>, domain: Domain): pg.Pool =>
  poolOf(urlOf(product.databaseUrl, `${product.databasePrefix}_${domain}`));

/** So that what is asked again and again, while something is waited for, does not connect each time. */
const pools = new Map<string, pg.Pool>();

function poolOf(connectionString: string): pg.Pool {
  const known = pools.get(connectionString);
  if (known) return known;
  // Nothing has to end it: what is idle for a second is closed, and keeps no process running meanwhile.
  const pool = new pg.Pool({ connectionString, max: 1, idleTimeoutMillis: 1_000, allowExitOnIdle: true });
  // The server has ended, or the database was dropped.
  pool.on('error', () => undefined);
  pools.set(connectionString, pool);
  return pool;
}

/** Gives a product that will start its domains' databases, migrated and empty: copying them takes a tenth of migrating. */
export async function copyDatabases(server: string, prefix: string, keeper: string): Promise<void> {
  const templates = await Promise.all(DOMAINS.map((domain) => askKeeper(keeper, `template/${domain}`)));
  const client = new pg.Client({ connectionString: urlOf(server, 'postgres') });
  await client.connect();
  try {
    for (const [index, domain] of DOMAINS.entries()) {
      await client.query(`create database ${prefix}_${domain} template ${templates[index]}`);
    }
  } finally {
    await client.end();
  }
}

/** Removes the databases of a product that has ended. */
export async function dropDatabases(server: string, prefix: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(server, 'postgres') });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database where datname like $1', [
      `${prefix}\\_%`,
    ]);
    for (const { datname } of rows) await client.query(`drop database if exists "${datname}" with (force)`);
  } finally {
    await client.end();
  }
}

/** Rows and content of every table, as `domain.table → "<count>:<hash>"`. */
export type Snapshot = Readonly<Record<string, string>>;

/** How far events were handed on, and how often somebody has tried: move by themselves, and hold nothing of anybody. */
const MOVES_BY_ITSELF = new Set(['outbox_positions', 'rate_limits']);

/** A picture of all tables of all domains, but for when sessions and keys were used last, to show that something changed nothing. */
export async function snapshot(product: ProductAddress): Promise<Snapshot> {
  const entries = await Promise.all(
    DOMAINS.map(async (domain) => {
      const tables = await tablesOf(product, domain);
      const parts = tables.map(
        (name) =>
          `select '${domain}.${name}' as name, count(*) || ':' || coalesce(md5(string_agg(r.text, '|' order by r.text)), '')
           as content from "${name}" t, lateral (select (to_jsonb(t) - 'last_used_at')::text as text) r`,
      );
      // Prepared: planning it takes several times what it takes to run.
      const query = { name: 'snapshot', text: parts.join(' union all ') };
      return (await poolFor(product, domain).query<{ name: string; content: string }>(query)).rows;
    }),
  );
  return Object.fromEntries(entries.flat().map(({ name, content }) => [name, content]));
}

const tables = new Map<string, Promise<readonly string[]>>();

/** Names of the tables that a snapshot has, which stay the same as long as a product runs. */
function tablesOf(product: ProductAddress, domain: Domain): Promise<readonly string[]> {
  const key = `${product.databasePrefix}_${domain}`;
  const known =
    tables.get(key) ??
    sql<{ name: string }>(
      product,
      domain,
      `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
    ).then((rows) => rows.map(({ name }) => name).filter((name) => !MOVES_BY_ITSELF.has(name)));
  tables.set(key, known);
  return known;
}
