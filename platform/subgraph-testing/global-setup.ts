import { startDatabaseKeeper } from './database-keeper.ts';
import { publishKeeper } from './test-database-config.ts';

declare global {
  var stopDatabaseKeeper: (() => Promise<void>) | undefined;
}

/** Once a run: one PostgreSQL server for all unit tests, started when the first of them asks for it. */
export default async function setUp(): Promise<void> {
  const keeper = await startDatabaseKeeper();
  publishKeeper(keeper.address);
  globalThis.stopDatabaseKeeper = () => keeper.stop();
}
