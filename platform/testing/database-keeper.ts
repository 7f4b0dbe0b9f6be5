import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../database/index.ts';
import { createLogger } from '../logging/index.ts';
import { publishKeeper } from './test-database-config.ts';

declare global {
  var stopDatabaseKeeper: (() => Promise<void>) | undefined;
}

/** Once a run: one PostgreSQL server for all unit tests, started when the first of them asks for its address. */
export default async function setUp(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'flowmesh-units-'));
  const logger = createLogger({ level: 'warn', name: 'tests' });
  let starting: Promise<EmbeddedPostgres> | undefined;
  const keeper = createServer((_request, response) => {
    starting ??= startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), logger });
    starting.then(
      ({ url }) => response.end(url),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => keeper.listen({ host: '127.0.0.1', port: 0 }, resolve));
  publishKeeper(`http://127.0.0.1:${(keeper.address() as AddressInfo).port}`);
  globalThis.stopDatabaseKeeper = async () => {
    keeper.close();
    keeper.closeAllConnections();
    await starting?.then(
      (server) => server.stop(),
      () => undefined,
    );
    rmSync(folder, { recursive: true, force: true });
  };
}
