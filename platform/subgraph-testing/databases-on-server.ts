import { createPool } from '../database/index.ts';

/** Copies databases nobody is connected to: `copies` has the new name and the one to copy. */
export async function copyDatabases(server: string, copies: readonly (readonly [string, string])[]): Promise<void> {
  await asAdministrator(
    server,
    copies.map(([name, template]) => `create database ${name} template ${template}`),
  );
}

/** With whatever is connected to them. */
export async function dropDatabases(server: string, names: readonly string[]): Promise<void> {
  await asAdministrator(
    server,
    names.map((name) => `drop database if exists ${name} with (force)`),
  );
}

async function asAdministrator(server: string, statements: readonly string[]): Promise<void> {
  const pool = createPool(server, { max: 1, applicationName: 'test' });
  try {
    for (const statement of statements) await pool.query(statement);
  } finally {
    await pool.end();
  }
}
