import { createViewerSigner, createViewerVerifier, NO_CLIENT, VIEWER_HEADER } from '../access/index.ts';
import { settingsOfSubgraph, type SettingsGroup } from '../config/index.ts';
import { domainOf, type DomainName } from '../domains/index.ts';
import { createLocalSource, createRemoteSource, readWaits } from '../federation/index.ts';
import { loadTypeDefinitions } from '../graphql/index.ts';
import { createPlatform, runProcess } from '../runtime/index.ts';
import type { CreateSubgraph, Subgraph } from '../subgraph/index.ts';
import { assertPortIsFree, createHttpServer, listen } from './http-server.ts';
import { registerProbes } from './probes.ts';
import { registerSubgraphHttp } from './subgraph-http.ts';
import { registerSubgraphSocket } from './subgraph-socket.ts';

export interface SubgraphProcessOptions<S extends Subgraph> {
  /** The domain. */
  readonly name: DomainName;
  /** What it reads besides what every process does. */
  readonly settings: readonly SettingsGroup[];
  readonly createSubgraph: (...args: Parameters<CreateSubgraph>) => S;
  /** Called once it has started, before it answers. */
  readonly onStarted?: (subgraph: S) => void;
}

/** More than the gateway takes: what it forwards may be a little longer than what it got. */
const BODY_LIMIT = 4 * 1024 * 1024;

/**
 * Runs one subgraph as a process of its own: `ROLE=api` answers the gateway, `ROLE=worker` runs its work and answers
 * nothing but probes, `ROLE=all` does both.
 */
export async function runSubgraphProcess<S extends Subgraph>(options: SubgraphProcessOptions<S>): Promise<void> {
  const { name, createSubgraph, onStarted } = options;
  const groups = settingsOfSubgraph(name, options.settings);
  const { port, calls } = domainOf(name);
  await runProcess({
    name,
    settings: { groups, port, needs: { databases: [name, 'platform'], subgraphs: calls } },
    start: async (basics) => {
      const { config, logger, metrics, lifecycle } = basics;
      const roles = { api: config.role !== 'worker', worker: config.role !== 'api' };
      const secret = config.internalSecret ?? '';
      await assertPortIsFree(config.host, config.port);
      const signViewer = createViewerSigner(secret);
      const sources = Object.entries(config.subgraphUrls)
        .filter(([other]) => other !== name)
        .map(([other, url]) => {
          const asksToWait = readWaits(loadTypeDefinitions(other));
          return createRemoteSource({ name: other, url, signViewer, asksToWait, logger, metrics });
        });
      const platform = await createPlatform(basics, { domains: [name], sources });
      const subgraph = createSubgraph(platform, roles);
      const source = createLocalSource(subgraph, logger);
      platform.addSource(source);
      await subgraph.start();
      onStarted?.(subgraph);

      const requestTimeoutMs = config.requestTimeoutSeconds * 1_000;
      const server = createHttpServer({ logger, metrics, bodyLimit: BODY_LIMIT, requestTimeoutMs });
      registerProbes(server, subgraph, { metrics, lifecycle, logger });
      if (roles.api) {
        const access = { subgraph, source, verifyViewer: createViewerVerifier(secret, name), logger };
        await registerSubgraphHttp(server, access);
        registerSubgraphSocket(server, access);
        // What the gateway passes on carries where it comes from.
        subgraph.registerRoutes?.(server, ({ headers }) => {
          const signed = headers[VIEWER_HEADER];
          return access.verifyViewer(typeof signed === 'string' ? signed : undefined)?.client ?? NO_CLIENT;
        });
      }
      const actualPort = await listen(server, config, lifecycle);
      logger.info({ role: config.role, port: actualPort }, `${name} is ready`);
    },
  });
}
