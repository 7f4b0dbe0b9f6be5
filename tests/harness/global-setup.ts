import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import { startProduct, type Product } from './product.ts';
import { publishTestRun, testDatabaseUrl, type TestRun } from './test-config.ts';

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
  const folder = mkdtempSync(join(tmpdir(), 'flowmesh-tests-'));
  const given = testDatabaseUrl();
  const server = given
    ? { url: given, stop: async () => undefined }
    : await startEmbeddedPostgres({
        dataDir: join(folder, 'postgres'),
        logger: createLogger({ level: 'warn', name: 'tests' }),
      });
  let product: Product | undefined;
  globalThis.stopTestRun = async () => {
    await product?.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    publishTestRun({ databaseUrl: server.url, product: NOT_YET });
    product = await startProduct();
    const { url, databasePrefix, databaseUrl, logFile, admin } = product;
    publishTestRun({ databaseUrl: server.url, product: { url, databasePrefix, databaseUrl, logFile, admin } });
  } catch (error) {
    await globalThis.stopTestRun();
    throw error;
  }
}
