import { randomBytes } from 'node:crypto';
import { createDatabases, createPool, withDatabase } from '../database/index.ts';
import { testDatabaseConfig } from './test-database-config.ts';

/** Address of the PostgreSQL server that unit tests share: the one in `TEST_DATABASE_URL`, else one of this run. */
async function serverUrl(): Promise<string> {
  const { given, keeper } = testDatabaseConfig();
  if (given) return given;
  if (!keeper) throw new Error('This needs the global setup: run it with `npx jest`.');
  const answer = await fetch(keeper);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`PostgreSQL for tests could not be started: ${text}`);
  return text;
}

/** New, empty databases that nobody else uses. */
export interface TestDatabases<Name extends string> {
  readonly urls: Readonly<Record<Name, string>>;
  /** With whatever is connected to them. */
  drop(): Promise<void>;
}

export async function createTestDatabases<Name extends string>(
  ...names: readonly Name[]
): Promise<TestDatabases<Name>> {
  const server = await serverUrl();
  const suffix = randomBytes(6).toString('hex');
  const nameOf = (name: Name) => `${name}_${suffix}`;
  const databases = names.map(nameOf);
  await createDatabases(server, databases);
  const urls = Object.fromEntries(names.map((name) => [name, withDatabase(server, nameOf(name))]));
  return {
    urls: urls as Record<Name, string>,
    async drop() {
      const admin = createPool(server, { max: 1, applicationName: 'test' });
      try {
        for (const database of databases) await admin.query(`drop database if exists ${database} with (force)`);
      } finally {
        await admin.end();
      }
    },
  };
}
