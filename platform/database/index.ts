export { checkDatabase } from './check-database.ts';
export { createDatabases, DATABASE_DOMAINS, resolveDatabaseUrls, withDatabase } from './database-urls.ts';
export { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.ts';
export { DatabaseStartError, isUniqueViolation } from './errors.ts';
export { migrateDomain } from './migrations.ts';
export { createPlatformDatabases, type PlatformDatabases } from './platform-databases.ts';
export { createPool, prismaAdapter, type PoolOptions } from './pool.ts';
export { SqlConditions, SqlParameters } from './sql-parameters.ts';
export { inTransaction, type TransactionOptions } from './transaction.ts';
