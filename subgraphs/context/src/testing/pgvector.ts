import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Pool } from 'pg';

const MIGRATIONS = fileURLToPath(new URL('../../../../prisma/context/migrations', import.meta.url));

interface Answer {
  readonly id: number;
  readonly rows?: unknown[];
  readonly problem?: string;
}

export interface PgvectorUnderTest {
  readonly pool: Pool;
  stop(): Promise<unknown>;
}

/** PostgreSQL itself with pgvector, compiled to WebAssembly (PGlite), with the tables of contexts. It has one connection. */
export async function startPgvector(): Promise<PgvectorUnderTest> {
  const thread = new Worker(new URL('./pgvector-thread.mjs', import.meta.url));
  const waiting = new Map<number, (answer: Answer) => void>();
  thread.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let asked = 0;
  /** Without values there may be several statements. */
  const ask = async (sql: string, values: readonly unknown[] | null) => {
    const id = (asked += 1);
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
      thread.postMessage({ id, sql, values });
    });
    if (answer.problem !== undefined) throw new Error(answer.problem);
    return { rows: answer.rows ?? [] };
  };
  const migrations = readdirSync(MIGRATIONS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of migrations.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    await ask(readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8'), null);
  }
  // What the stores under test need of it.
  const pool = { query: (sql: string, values: readonly unknown[] = []) => ask(sql, values) } as unknown as Pool;
  return { pool, stop: () => thread.terminate() };
}
