/** A PostgreSQL server to use instead of an embedded one. */
export const testDatabaseUrl = (): string | null => process.env.TEST_DATABASE_URL || null;

/** A Redis that may be emptied, to use where the program redis-server is not installed. */
export const testRedisUrl = (): string | null => process.env.TEST_REDIS_URL || null;
