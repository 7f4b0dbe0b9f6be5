import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabases, createPool, withDatabase } from '../database/index.ts';
import { askKeeper } from '../testing/index.ts';
import { copyDatabases, dropDatabases } from './databases-on-server.ts';
import { testDatabaseConfig } from './test-database-config.ts';

const PRISMA = fileURLToPath(new URL('../../prisma', import.meta.url));

function keeper(): string {
  const { keeper: address } = testDatabaseConfig();
  if (!address) throw new Error('This needs the global setup: run it with `npx jest`.');
  return address;
}

/** New databases that nobody else uses, on the server that unit tests share. */
export interface TestDatabases<Name extends string> {
  readonly urls: Readonly<Record<Name, string>>;
  /** With whatever is connected to them. */
  drop(): Promise<void>;
}

/** Empty ones. */
export const createTestDatabases = <Name extends string>(...names: readonly Name[]): Promise<TestDatabases<Name>> =>
  create(names, createDatabases);

/** One with the tables of a domain, as its migrations make them. */
export const createDomainDatabase = <Domain extends string>(domain: Domain): Promise<TestDatabases<Domain>> =>
  create([domain], async (server, databases) => {
    const template = await askKeeper(keeper(), `template/${domain}`);
    await copyDatabases(
      server,
      databases.map((database) => [database, template] as const),
    );
  });

/** One with what the `schema.prisma` of a domain describes, and the `beyond-prisma.sql` beside it, but no migration makes. */
export const createSchemaDatabase = <Domain extends string>(domain: Domain): Promise<TestDatabases<Domain>> =>
  create([domain], async (server, databases) => {
    const { scriptOfSchema } = await import('../database/schema-engine.ts');
    const schema = readFileSync(join(PRISMA, domain, 'schema.prisma'), 'utf8');
    const beyond = join(PRISMA, domain, 'beyond-prisma.sql');
    await createDatabases(server, databases);
    for (const database of databases) {
      const pool = createPool(withDatabase(server, database), { max: 1, applicationName: 'test' });
      try {
        await pool.query(await scriptOfSchema(pool, schema));
        if (existsSync(beyond)) await pool.query(readFileSync(beyond, 'utf8'));
      } finally {
        await pool.end();
      }
    }
  });

async function create<Name extends string>(
  names: readonly Name[],
  make: (server: string, databases: readonly string[]) => Promise<void>,
): Promise<TestDatabases<Name>> {
  const server = await askKeeper(keeper(), 'server');
  const suffix = randomBytes(6).toString('hex');
  const nameOf = (name: Name) => `${name}_${suffix}`;
  const databases = names.map(nameOf);
  await make(server, databases);
  const urls = Object.fromEntries(names.map((name) => [name, withDatabase(server, nameOf(name))]));
  return { urls: urls as Record<Name, string>, drop: () => dropDatabases(server, databases) };
}
