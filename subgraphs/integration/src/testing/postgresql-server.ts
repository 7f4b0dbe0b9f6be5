import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool, startEmbeddedPostgres, withDatabase } from '@flowmesh/platform/database';
import { silent } from '@flowmesh/platform/subgraph-testing';
import type { Pool } from 'pg';

export interface PostgresqlServer {
  /** The database `shop`, as its superuser. */
  readonly url: string;
  /** The same, as the user `keeper`, whose database it is and who may do nothing else. */
  readonly keeperUrl: string;
  readonly port: number;
  /** As its superuser, in the database `shop`. */
  readonly pool: Pool;
  stop(): Promise<void>;
}

/** A PostgreSQL of somebody's own, as integrations cannot reach the server of the product. */
export async function startPostgresqlServer(): Promise<PostgresqlServer> {
  const folder = await mkdtemp(join(tmpdir(), 'flowmesh-shop-'));
  const server = await startEmbeddedPostgres({ dataDir: folder, logger: silent, durable: false });
  const first = createPool(server.url, { max: 1, applicationName: 'test' });
  await first.query(`create role keeper login password 'keeps'`);
  await first.query('create database shop owner keeper');
  await first.end();
  const url = withDatabase(server.url, 'shop');
  const keeperUrl = Object.assign(new URL(url), { username: 'keeper', password: 'keeps' }).href;
  const pool = createPool(url, { max: 2, applicationName: 'test' });
  return {
    ...{ url, keeperUrl, pool, port: Number(new URL(url).port) },
    async stop() {
      await pool.end();
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}
