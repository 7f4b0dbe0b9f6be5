import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { testDatabaseConfig } from './test-database-config.ts';
import { createTestServer } from './test-server.ts';

export interface DatabaseKeeper {
  /** Where test files ask for the server of the run; see `askKeeper`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Once a run, in Jest's own process: gives test files, which run in others, the server at TEST_DATABASE_URL or one of this run. */
export async function startDatabaseKeeper(): Promise<DatabaseKeeper> {
  // Jest translates modules for Node only as long as its setup runs: what migrating imports when it begins is imported now.
  await Promise.all([import('../database/schema-engine.ts'), import('@prisma/schema-engine-wasm/schema_engine_bg')]);
  const server = createTestServer(testDatabaseConfig().given);
  const answer = (path: string) => {
    const [, what, domain = ''] = path.split('/');
    return what === 'template' ? server.template(domain) : server.url();
  };
  const keeper = createServer((request, response) => {
    // Asked seldom, from processes that are busy in between: a kept connection would end under the next question.
    response.setHeader('connection', 'close');
    answer(request.url ?? '').then(
      (text) => response.end(text),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => keeper.listen({ host: '127.0.0.1', port: 0 }, resolve));
  return {
    address: `http://127.0.0.1:${(keeper.address() as AddressInfo).port}`,
    async stop() {
      keeper.close();
      keeper.closeAllConnections();
      await server.stop();
    },
  };
}
