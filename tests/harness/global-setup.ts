import { startDatabaseKeeper } from '@flowmesh/platform/subgraph-testing';
import { askKeeper } from '@flowmesh/platform/testing';
import { startProduct, type Product } from './product.ts';
import { publishTestRun, type TestRun } from './test-config.ts';

declare global {
  var stopTestRun: (() => Promise<void>) | undefined;
}

const NOT_YET: TestRun['product'] = {
  url: '',
  databasePrefix: '',
  databaseUrl: '',
  logFile: '',
  admin: { email: '', password: '' },
};

/** Once a run: a PostgreSQL server for all products under test, and the product that API tests share. */
export default async function setUp(): Promise<void> {
  const keeper = await startDatabaseKeeper();
  let product: Product | undefined;
  globalThis.stopTestRun = async () => {
    await product?.stop();
    await keeper.stop();
  };
  try {
    const run = { databaseUrl: await askKeeper(keeper.address, 'server'), keeper: keeper.address };
    publishTestRun({ ...run, product: NOT_YET });
    product = await startProduct({ migrated: false });
    const { url, databasePrefix, databaseUrl, logFile, admin } = product;
    publishTestRun({ ...run, product: { url, databasePrefix, databaseUrl, logFile, admin } });
  } catch (error) {
    await globalThis.stopTestRun();
    throw error;
  }
}
