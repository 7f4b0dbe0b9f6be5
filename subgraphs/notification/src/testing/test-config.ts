/** A PostgreSQL server to use instead of an embedded one. */
export const testDatabaseUrl = (): string | null => process.env.TEST_DATABASE_URL || null;
