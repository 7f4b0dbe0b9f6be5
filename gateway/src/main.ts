import { createViewerSigner } from '@flowmesh/platform/access';
import { DOMAIN_NAMES } from '@flowmesh/platform/domains';
import { createLocalSource, createRemoteSource, readWaits, type SubgraphSource } from '@flowmesh/platform/federation';
import type { ServiceCalls } from '@flowmesh/platform/resilience';
import { runProcess } from '@flowmesh/platform/runtime';
import { assertPortIsFree, listen, registerProbes } from '@flowmesh/platform/server';
import { VERSION } from '@flowmesh/platform/version';
import { parse } from 'graphql';
import { edgeSettings, limitSettings } from './gateway-config.ts';
import { createGatewayServer } from './gateway-server.ts';
import { registerGateway } from './gateway.ts';
import { forwardServiceRoutes } from './http/service-routes.ts';
import { createClientReader } from './identity/client-reader.ts';
import { createRemoteIdentity } from './identity/remote-identity.ts';
import { settings } from './settings.ts';
import { readSupergraphFile } from './supergraph/supergraph-file.ts';
import { localReporter, remoteReporter } from './system/service-state.ts';
import { createSystemSubgraph } from './system/system-subgraph.ts';

const NAME = 'gateway';

await runProcess({
  name: NAME,
  settings: { groups: settings, needs: { databases: [], subgraphs: DOMAIN_NAMES } },
  start: async ({ config, logger, metrics, lifecycle }) => {
    const limits = config.settings.of(limitSettings);
    const { trustProxy, corsOrigins } = config.settings.of(edgeSettings);
    await assertPortIsFree(config.host, config.port);
    const supergraphSdl = readSupergraphFile();
    const signViewer = createViewerSigner(config.internalSecret ?? '');
    const asksToWait = readWaits(parse(supergraphSdl, { noLocation: true }));
    const sources = new Map<string, SubgraphSource>();
    // A service that hangs can occupy at most half of the places.
    const mostCalls = Math.ceil(limits.operationsInFlight / 2);
    const reach = (name: string) => {
      const url = config.subgraphUrls[name] ?? '';
      const source = createRemoteSource({ name, url, signViewer, asksToWait, mostCalls, logger, metrics });
      sources.set(name, source);
      lifecycle.onStop(`source ${name}`, () => source.close());
      return { name, url, calls: source.calls };
    };
    const auth = reach('auth');
    const remote = [auth, ...DOMAIN_NAMES.filter((name) => name !== 'auth').map(reach)];
    const identity = createRemoteIdentity(auth.url, signViewer, auth.calls, logger);
    lifecycle.onStop('identity', () => identity.close());

    const service = {
      name: NAME,
      version: VERSION,
      description: 'The one graph clients see.',
      // Not essential: the other subgraphs still answer.
      checks: remote.map(({ name, url, calls }) => ({
        name: `${name} service`,
        check: () => assertReady(url, calls),
        essential: false,
      })),
    };
    const reporters = remote.map(({ name, url, calls }) => {
      const { report, close } = remoteReporter(name, url, calls);
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

    const requestTimeoutMs = config.requestTimeoutSeconds * 1_000;
    const { server, admission } = createGatewayServer({ logger, metrics, requestTimeoutMs, limits });
    registerProbes(server, service, { metrics, lifecycle, logger });
    await registerGateway(server, {
      supergraphSdl,
      sources,
      identity,
      lifecycle,
      logger,
      admission,
      introspection: config.environment !== 'production',
      trustProxy,
      limits,
      origins: { publicUrl: config.publicUrl, others: corsOrigins },
    });
    await forwardServiceRoutes(server, remote, { signViewer, clientOf: createClientReader(trustProxy) });
    server.get('/', (_request, reply) => reply.redirect('/graphql'));
    const port = await listen(server, config, lifecycle, { manyAccepts: logger });
    logger.info({ port }, 'gateway is ready');
  },
});

/** Load balancers' probes have short timeouts. */
const ANSWER_WITHIN_MS = 800;

/** Checks that the service answers calls and that its dependencies are available. */
async function assertReady(url: string, { openSince }: ServiceCalls): Promise<void> {
  if (openSince) throw new Error(`calls have had no answer since ${openSince.toISOString()}`);
  const address = `${url.replace(/\/+$/, '')}/health/ready`;
  const response = await fetch(address, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  const text = await response.text();
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${text.slice(0, 300)}`);
}
