import { createViewerSigner } from '@flowmesh/platform/access';
import { loadServiceConfig } from '@flowmesh/platform/config';
import { DOMAIN_NAMES } from '@flowmesh/platform/domains';
import { createLocalSource, createRemoteSource, type SubgraphSource } from '@flowmesh/platform/federation';
import { runProcess } from '@flowmesh/platform/runtime';
import { assertPortIsFree, createHttpServer, listen, registerProbes } from '@flowmesh/platform/server';
import { loadGatewayLimits } from './gateway-config.ts';
import { registerGateway } from './gateway.ts';
import { forwardServiceRoutes } from './http/service-routes.ts';
import { createRemoteIdentity } from './identity/remote-identity.ts';
import { readSupergraphFile } from './supergraph/supergraph-file.ts';
import { localReporter, remoteReporter } from './system/service-state.ts';
import { createSystemSubgraph } from './system/system-subgraph.ts';

const NAME = 'gateway';
const VERSION = '0.1.0';

await runProcess({
  name: NAME,
  loadConfig: () => loadServiceConfig({ databases: [], subgraphs: DOMAIN_NAMES }, { port: 4000 }),
  start: async ({ config, logger, metrics, lifecycle }) => {
    const limits = loadGatewayLimits();
    await assertPortIsFree(config.host, config.port);
    const supergraphSdl = readSupergraphFile();
    const signViewer = createViewerSigner(config.internalSecret ?? '');
    const addresses = DOMAIN_NAMES.map((name) => ({ name, url: config.subgraphUrls[name] ?? '' }));
    const sources = new Map<string, SubgraphSource>();
    for (const { name, url } of addresses) {
      const source = createRemoteSource({ name, url, signViewer, logger });
      sources.set(name, source);
      lifecycle.onStop(`source ${name}`, () => source.close());
    }
    const identity = createRemoteIdentity(config.subgraphUrls.auth ?? '', signViewer, logger);
    lifecycle.onStop('identity', () => identity.close());

    const service = {
      name: NAME,
      version: VERSION,
      description: 'The one graph clients see.',
      // Without one of them the others still answer.
      checks: addresses.map(({ name, url }) => ({
        name: `${name} service`,
        check: () => assertAnswers(url),
        essential: false,
      })),
    };
    const reporters = addresses.map(({ name, url }) => {
      const { report, close } = remoteReporter(name, url);
      lifecycle.onStop(`state of ${name}`, close);
      return report;
    });
    const system = createSystemSubgraph({
      reporters: [localReporter(service), ...reporters],
      version: VERSION,
      supergraphSdl,
      sources,
    });
    sources.set(system.name, createLocalSource(system, logger));

    const server = createHttpServer({ logger, metrics, requestTimeoutMs: config.requestTimeoutSeconds * 1_000 });
    registerProbes(server, service, { metrics, lifecycle, logger });
    await registerGateway(server, {
      supergraphSdl,
      sources,
      identity,
      lifecycle,
      logger,
      metrics,
      introspection: config.environment !== 'production',
      trustProxy: config.trustProxy,
      limits,
      origins: { publicUrl: config.publicUrl, others: config.corsOrigins },
    });
    await forwardServiceRoutes(server, addresses);
    server.get('/', (_request, reply) => reply.redirect('/graphql'));
    const port = await listen(server, config, lifecycle, { manyAccepts: logger });
    logger.info({ port }, 'gateway is ready');
  },
});

/** Probes of load balancers do not wait long. */
const ANSWER_WITHIN_MS = 800;

/** That it answers at all: what it depends on is its own readiness, and no reason to take the whole graph away. */
async function assertAnswers(url: string): Promise<void> {
  const response = await fetch(`${url.replace(/\/+$/, '')}/health`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
}
