import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabases, migrateDomain, startEmbeddedPostgres, withDatabase } from '../database/index.ts';
import { DOMAIN_NAMES } from '../domains/index.ts';
import { createLogger } from '../logging/index.ts';
import { dropDatabases } from './databases-on-server.ts';

const PRISMA = fileURLToPath(new URL('../../prisma', import.meta.url));

/** The PostgreSQL server of one test run. Nothing is started, or migrated, before somebody asks for it. */
export interface TestServer {
  url(): Promise<string>;
  /** Name of a database with the tables of a domain and no rows, to copy: copying takes a tenth of migrating. */
  template(domain: string): Promise<string>;
  stop(): Promise<void>;
}

/** Uses the server at `given`, or an embedded one that ends with the run. */
export function createTestServer(given: string | null): TestServer {
  const suffix = randomBytes(4).toString('hex');
  const templates = new Map<string, Promise<string>>();
  let server: Promise<{ readonly url: string; stop(): Promise<void> }> | undefined;
  const start = async () => {
    if (given) return { url: given, stop: async () => undefined };
    const folder = mkdtempSync(join(tmpdir(), 'flowmesh-database-'));
    const logger = createLogger({ level: 'warn', name: 'tests' });
    const started = await startEmbeddedPostgres({ dataDir: folder, logger, durable: false });
    return {
      url: started.url,
      stop: async () => {
        await started.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };
  const url = async () => (await (server ??= start())).url;
  const make = async (domain: string) => {
    if (!DOMAIN_NAMES.some((name) => name === domain)) throw new Error(`There is no domain ${domain}.`);
    const name = `template_${domain}_${suffix}`;
    await createDatabases(await url(), [name]);
    await migrateDomain(withDatabase(await url(), name), join(PRISMA, domain, 'migrations'));
    return name;
  };
  return {
    url,
    async template(domain) {
      const made = templates.get(domain) ?? make(domain);
      templates.set(domain, made);
      return made;
    },
    async stop() {
      const made = await Promise.allSettled(templates.values());
      const names = made.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      if (given && names.length > 0) await dropDatabases(given, names);
      await server?.then(
        (started) => started.stop(),
        () => undefined,
      );
    },
  };
}
