import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import type { MigrationFolder } from './migration-folder.ts';
import { prismaAdapter } from './pool.ts';

type SchemaEngineModule = typeof import('@prisma/schema-engine-wasm/schema_engine_bg');
type Engine = Awaited<ReturnType<SchemaEngineModule['SchemaEngine']['new']>>;

// Node has it, but its types at this version do not say so.
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ readonly instance: { readonly exports: Record<string, unknown> } }>;
};

let loading: Promise<SchemaEngineModule> | undefined;

/**
 * Prisma's migration engine as WebAssembly: unlike the CLI it downloads nothing. Node cannot import the `.wasm` file
 * as the package's own entry does, so it is instantiated here.
 */
async function load(): Promise<SchemaEngineModule> {
  const module = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = await readFile(join(dirname(entry), 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': engineImports(module) });
  module.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start === 'function') start();
  return module;
}

/** The engine never clears its deadline of ten seconds, which would keep a process from ending that long. */
function engineImports(module: SchemaEngineModule): Record<string, unknown> {
  const timers = Object.keys(module).filter((name) => name.startsWith('__wbg_setTimeout_'));
  const unref = (callback: () => void, ms: number): NodeJS.Timeout => setTimeout(callback, ms >>> 0).unref();
  return { ...module, ...Object.fromEntries(timers.map((name) => [name, unref])) };
}

/**
 * Prisma's adapter cuts a script at every semicolon, also inside strings, comments and function bodies, and runs the
 * pieces one by one. Sent whole, PostgreSQL splits it correctly and makes it one transaction. The engine does not pass on
 * why a script failed; `onFailure` learns it.
 */
function wholeScriptAdapter(pool: Pool, onFailure: (error: unknown) => void): PrismaPg {
  const factory = prismaAdapter(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.executeScript = async (script) => {
      try {
        await pool.query(script);
      } catch (error) {
        onFailure(error);
        throw error;
      }
    };
    return adapter;
  };
  return factory;
}

async function withEngine<T>(pool: Pool, work: (engine: Engine) => Promise<T>): Promise<T> {
  const { SchemaEngine } = await (loading ??= load());
  let failure: { readonly error: unknown } | undefined;
  const adapter = bindMigrationAwareSqlAdapterFactory(
    wholeScriptAdapter(pool, (error) => {
      failure = { error };
    }),
  );
  const engine = await SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
  try {
    return await work(engine);
  } catch (error) {
    throw failure?.error ?? error;
  } finally {
    engine.free();
  }
}

/** Applies the migrations that are missing, in order, and returns their names. */
export async function applyMigrations(pool: Pool, folder: MigrationFolder): Promise<readonly string[]> {
  const output = await withEngine(pool, (engine) =>
    engine.applyMigrations({
      migrationsList: {
        baseDir: folder.path,
        lockfile: { path: 'migration_lock.toml', content: folder.lockfile },
        shadowDbInitScript: '',
        migrationDirectories: folder.migrations.map((migration) => ({
          path: migration.name,
          migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: migration.sql } },
        })),
      },
      filters: { externalTables: [], externalEnums: [] },
    }),
  );
  return output.appliedMigrationNames;
}

/** Lets a migration that was interrupted or failed be applied again. */
export async function forgetMigration(pool: Pool, name: string): Promise<void> {
  await withEngine(pool, (engine) => engine.markMigrationRolledBack({ migrationName: name }));
}

/** SQL that makes everything `schema.prisma` describes in an empty database. */
export async function scriptOfSchema(pool: Pool, schema: string): Promise<string> {
  const { stdout } = await withEngine(pool, (engine) =>
    engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    }),
  );
  return stdout ?? '';
}
