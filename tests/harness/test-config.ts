import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type Backend = 'postgres' | 'redis';

/** What the tests of this run share; made by the global setup, handed to the test files through the environment. */
export interface TestRun {
  /** Address of a PostgreSQL server on which each product gets databases of its own. */
  readonly databaseUrl: string;
  /** Knows migrated databases on it, to copy. */
  readonly keeper: string;
  /** The product that API tests share. */
  readonly product: ProductAddress;
}

export interface ProductAddress {
  readonly url: string;
  readonly databasePrefix: string;
  readonly databaseUrl: string;
  readonly logFile: string;
  readonly admin: { readonly email: string; readonly password: string };
}

/** The backend of queues and bus that the suite runs on. */
export function testBackend(): Backend {
  const value = process.env.TEST_BACKEND ?? 'postgres';
  if (value !== 'postgres' && value !== 'redis') throw new Error('TEST_BACKEND must be postgres or redis');
  return value;
}

/** A Redis that may be emptied; null to start servers of our own. */
export function testRedisUrl(): string | null {
  return process.env.TEST_REDIS_URL || null;
}

/** A PostgreSQL server to use instead of an embedded one. */
export function testDatabaseUrl(): string | null {
  return process.env.TEST_DATABASE_URL || null;
}

/** Where random tests begin: a new place each run, or the one of an earlier run in TEST_SEED. */
export function testSeed(): number {
  return Number(process.env.TEST_SEED || Math.floor(Math.random() * 2 ** 31));
}

/** How many executions a fault strikes, when more than the few of an ordinary run are wanted; then every fault is tried. */
export function testExecutions(): number | null {
  return process.env.TEST_EXECUTIONS ? Number(process.env.TEST_EXECUTIONS) : null;
}

/** Environment of a product under test: ours without the settings that would reach into it. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG, USER } = process.env;
  return { PATH, HOME, TMPDIR, LANG, USER };
}

const VARIABLE = 'FLOWMESH_TEST_RUN';

export function publishTestRun(run: TestRun): void {
  process.env[VARIABLE] = JSON.stringify(run);
}

export function testRun(): TestRun {
  const value = process.env[VARIABLE];
  if (!value) throw new Error('These tests need the global setup: run them with `npx jest tests/…`.');
  return JSON.parse(value) as TestRun;
}

/** How much the differential suite compares, and from which seed: the one a failure has printed repeats it. */
export function conformanceRun(): { operations: number; schemas: number; seed: number } {
  const operations = Number(process.env.CONFORMANCE_OPERATIONS ?? 300);
  const seed = Number(process.env.CONFORMANCE_SEED ?? 1);
  return { operations, schemas: operations > 1_000 ? 40 : 8, seed };
}

/** How many random workflows run, and from which seed they are made. */
export function randomWorkflows(): { workflows: number; seed: number } {
  return { workflows: Number(process.env.RANDOM_WORKFLOWS ?? 500), seed: Number(process.env.RANDOM_SEED ?? 1) };
}
