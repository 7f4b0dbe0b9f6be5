export { startDatabaseKeeper, type DatabaseKeeper } from './database-keeper.ts';
export { readOutbox, type OutboxEvent } from './outbox.ts';
export { SubgraphProcess } from './subgraph-process.ts';
export { ENCRYPTION_KEY, subgraphUnderTest, TEST_ENVIRONMENT, type SubgraphUnderTest } from './subgraph-under-test.ts';
export {
  createDomainDatabase,
  createSchemaDatabase,
  createTestDatabases,
  type TestDatabases,
} from './test-databases.ts';
export { silent } from './silent.ts';
