import { join } from 'node:path';
import type { PlatformConfig } from '../config/index.ts';
import type { Logger } from '../logging/index.ts';
import { DATABASE_DOMAINS, resolveDatabaseUrls } from './database-urls.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { DatabaseStartError } from './errors.ts';
import { migrateDomain } from './migrations.ts';
import { waitForStore } from './wait-for-store.ts';

export interface PlatformDatabases {
  /** Address of a domain's database, which exists and is migrated. Throws for a domain that was not asked for. */
  url(domain: string): string;
  /** Stops the embedded server, if one was started. */
  stop(): Promise<void>;
}

export interface PlatformDatabasesOptions {
  /** Folder with `<domain>/migrations` of each domain that has some. */
  readonly migrationsRoot: string;
  /** Which databases this process needs. Default: all. `platform` has no migrations of its own. */
  readonly domains?: readonly string[];
  readonly onProgress?: ((message: string) => void) | undefined;
  /** The embedded server has ended too often, and stays away. */
  readonly onGivenUp?: ((error: DatabaseStartError) => void) | undefined;
}

type DatabaseConfig = Pick<PlatformConfig, 'databaseUrl' | 'domainDatabaseUrls' | 'databasePrefix' | 'dataDir'>;

/**
 * Makes the databases ready: on the server of `config.databaseUrl`, or on an embedded one; created where missing and
 * migrated. Waits for a server that is away or starting. Throws `DatabaseStartError` with a sentence for the operator, and
 * leaves nothing running then.
 */
export async function createPlatformDatabases(
  config: DatabaseConfig,
  logger: Logger,
  options: PlatformDatabasesOptions,
): Promise<PlatformDatabases> {
  const domains = options.domains ?? DATABASE_DOMAINS;
  const needsServer = domains.some((domain) => config.domainDatabaseUrls[domain] === undefined);
  const embedded =
    config.databaseUrl === null && needsServer
      ? await startEmbeddedPostgres({
          dataDir: config.dataDir,
          logger,
          onProgress: options.onProgress,
          onGivenUp: options.onGivenUp,
        })
      : null;
  try {
    const databaseUrl = config.databaseUrl ?? embedded?.url ?? null;
    const urls = await waitForStore({ logger }, () => resolveDatabaseUrls({ ...config, databaseUrl }, domains));
    options.onProgress?.('Migrating the databases');
    await Promise.all(
      domains
        .filter((domain) => domain !== 'platform')
        .map(async (domain) => {
          const folder = join(options.migrationsRoot, domain, 'migrations');
          const applied = await waitForStore({ logger }, () => migrateDomain(urls.get(domain) ?? '', folder));
          if (applied.length > 0) logger.info({ domain, migrations: applied }, 'database migrated');
        }),
    );
    return {
      url: (domain) => {
        const url = urls.get(domain);
        if (url === undefined) throw new DatabaseStartError(`The database of ${domain} was not prepared.`);
        return url;
      },
      stop: async () => embedded?.stop(),
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}
