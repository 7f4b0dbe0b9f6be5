const KEEPER = 'FLOWMESH_TEST_DATABASE_KEEPER';

/** Where tests find PostgreSQL. */
export interface TestDatabaseConfig {
  /** A server to use instead of one of this run. */
  readonly given: string | null;
  /** Knows the server of this run; set by the global setup of the unit tests. */
  readonly keeper: string | null;
}

export const testDatabaseConfig = (): TestDatabaseConfig => ({
  given: process.env.TEST_DATABASE_URL || null,
  keeper: process.env[KEEPER] || null,
});

export function publishKeeper(address: string): void {
  process.env[KEEPER] = address;
}
