import { createPlatformDatabases, waitForStore } from '../database/index.ts';
import { createEventBus } from '../events/index.ts';
import type { SubgraphSource, SubgraphSources } from '../federation/index.ts';
import { createQueueSystem } from '../queue/index.ts';
import { closeSandbox, configureSandbox } from '../sandbox/index.ts';
import { createServices } from '../services/index.ts';
import type { Platform } from '../subgraph/index.ts';
import { foreseen } from './explain-start-error.ts';
import { findMigrations } from './migrations.ts';
import type { ProcessBasics } from './run-process.ts';

export interface PlatformOptions {
  /** Whose databases this process uses, besides the shared one. */
  readonly domains: readonly string[];
  /** Sources of subgraphs that are known before the subgraphs of this process are built; see `addSource`. */
  readonly sources?: readonly SubgraphSource[];
  /** Told what takes a moment, in words for the person who waits. */
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** A platform whose sources are still being filled. */
export interface StartedPlatform extends Platform {
  /** Makes a subgraph callable by the others. All are added before the first subgraph starts. */
  addSource(source: SubgraphSource): void;
  /** By name, for a gateway in this process. Services call each other by `services`. */
  readonly sources: SubgraphSources;
}

/**
 * Connects the process to its databases, queues, bus and sandbox. They stop in reverse order, after everything that is
 * registered with the lifecycle later. Throws errors that `explainStartError` can explain.
 */
export async function createPlatform(basics: ProcessBasics, options: PlatformOptions): Promise<StartedPlatform> {
  const { config, logger, metrics, lifecycle, fail } = basics;
  const { domains, onProgress } = options;
  const databases = await createPlatformDatabases(config, logger, {
    migrationsRoot: findMigrations(),
    domains: [...domains, 'platform'],
    onProgress,
    onGivenUp: fail,
  });
  lifecycle.onStop('databases', () => databases.stop());
  configureSandbox({ processes: config.sandboxProcesses, logger });
  lifecycle.onStop('sandbox', () => closeSandbox());

  const shared = {
    redisUrl: config.redisUrl,
    platformDatabaseUrl: databases.url('platform'),
    // Installations that share a server are told apart as their databases are.
    prefix: config.databasePrefix,
    logger,
    metrics,
  };
  const [bus, queues] = await foreseen(() =>
    Promise.all([
      waitForStore({ logger }, () => createEventBus(shared)).then((created) => {
        lifecycle.onStop('event bus', () => created.close());
        return created;
      }),
      waitForStore({ logger }, () => createQueueSystem({ ...shared, faults: config.queueFaults })).then((created) => {
        lifecycle.onStop('queues', () => created.close());
        return created;
      }),
    ]),
  );

  const sources = new Map<string, SubgraphSource>();
  const addSource = (source: SubgraphSource) => {
    sources.set(source.name, source);
    lifecycle.onStop(`source ${source.name}`, () => source.close());
  };
  for (const source of options.sources ?? []) addSource(source);
  const services = createServices(sources);
  const databaseUrl = databases.url;
  return { config, logger, metrics, lifecycle, queues, bus, services, databaseUrl, addSource, sources };
}
