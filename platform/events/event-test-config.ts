/** A Redis that may be emptied, to use where the program redis-server is not installed. */
export const testRedisUrl = (): string | null => process.env.TEST_REDIS_URL || null;
