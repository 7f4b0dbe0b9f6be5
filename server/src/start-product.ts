import { DOMAIN_NAMES } from '@flowmesh/platform/domains';
import { createLocalSource } from '@flowmesh/platform/federation';
import { createPlatform, withKeptSecrets, type ProcessBasics, type StartedPlatform } from '@flowmesh/platform/runtime';
import { assertPortIsFree, listen, registerProbes } from '@flowmesh/platform/server';
import type { DependencyCheck, Subgraph } from '@flowmesh/platform/subgraph';
import { VERSION } from '@flowmesh/platform/version';
import { keepAdministrator } from './administrator-file.ts';
import { banner } from './banner.ts';
import { loadCode } from './load-code.ts';
import { Progress } from './progress.ts';

type Code = Awaited<ReturnType<typeof loadCode>>;

const DESCRIPTION = 'The whole product in one process: gateway, subgraphs and their workers.';
const ROLES = { api: true, worker: true } as const;
/** Queue and bus are the same for every service of a process; all else is asked of each. */
const SHARED_CHECKS = new Set(['queue', 'event bus']);

/** Starts the whole product in this process, and says where everything is. */
export async function startProduct(basics: ProcessBasics): Promise<void> {
  const progress = new Progress(process.stdout);
  const onProgress = (title: string) => progress.begin(title);
  await assertPortIsFree(basics.config.host, basics.config.port);
  const config = await withKeptSecrets(basics.config);
  const loading = loadCode();
  // Waited for below; the database may fail first.
  loading.catch(() => undefined);

  const platform = await createPlatform({ ...basics, config }, { domains: DOMAIN_NAMES, onProgress });
  onProgress('Starting the services');
  const code = await loading;
  const { auth, administrator, subgraphs } = await startSubgraphs(code, platform);
  const port = await serve(code, platform, auth.identity, subgraphs);
  progress.end();
  const seconds = process.uptime();
  process.stdout.write(banner({ config, port, seconds, administrator }));
  basics.logger.info({ port, seconds }, 'ready');
}

async function startSubgraphs(code: Code, platform: StartedPlatform) {
  const { auth: authCode, ...otherCode } = code.subgraphs;
  const auth = authCode.createSubgraph(platform, ROLES);
  const others = Object.values(otherCode).map(({ createSubgraph }) => createSubgraph(platform, ROLES));
  const subgraphs: readonly Subgraph[] = [auth, ...others];
  for (const subgraph of subgraphs) platform.addSource(createLocalSource(subgraph, platform.logger));
  // Auth before the others: should one of them fail, a password it has made must not be lost.
  await auth.start();
  const made = auth.firstAdministrator?.generated ? auth.firstAdministrator : null;
  const administrator = made && { ...made, file: await keepAdministrator(platform.config.dataDir, made) };
  await Promise.all(others.map((subgraph) => subgraph.start()));
  return { auth, administrator, subgraphs };
}

async function serve(
  { gateway }: Code,
  platform: StartedPlatform,
  identity: NonNullable<Subgraph['identity']>,
  subgraphs: readonly Subgraph[],
): Promise<number> {
  const { config, logger, metrics, lifecycle } = platform;
  const limits = config.settings.of(gateway.limitSettings);
  const { trustProxy, corsOrigins } = config.settings.of(gateway.edgeSettings);
  const product = { name: 'flowmesh', version: VERSION, description: DESCRIPTION, checks: checksOf(subgraphs) };
  const supergraphSdl = gateway.readSupergraphFile();
  const system = gateway.createSystemSubgraph({
    reporters: subgraphs.map(gateway.localReporter),
    version: VERSION,
    supergraphSdl,
    sources: platform.sources,
  });
  platform.addSource(createLocalSource(system, logger));

  const requestTimeoutMs = config.requestTimeoutSeconds * 1_000;
  const { server, admission } = gateway.createGatewayServer({ logger, metrics, requestTimeoutMs, limits });
  registerProbes(server, product, { metrics, lifecycle, logger });
  const clientOf = gateway.createClientReader(trustProxy);
  for (const subgraph of subgraphs) {
    registerProbes(server, subgraph, { metrics, lifecycle, logger, prefix: `/services/${subgraph.name}` });
    subgraph.registerRoutes?.(server, ({ raw }) => clientOf(raw));
  }
  await gateway.registerGateway(server, {
    supergraphSdl,
    sources: platform.sources,
    identity,
    lifecycle,
    logger,
    admission,
    introspection: config.environment !== 'production',
    trustProxy,
    limits,
    origins: { publicUrl: config.publicUrl, others: corsOrigins },
  });
  server.get('/', (_request, reply) => reply.redirect('/graphql'));
  return listen(server, config, lifecycle, { manyAccepts: logger });
}

function checksOf(subgraphs: readonly Subgraph[]): DependencyCheck[] {
  const checks = new Map<string, DependencyCheck>();
  for (const { name: service, checks: own } of subgraphs) {
    for (const check of own) {
      const name = SHARED_CHECKS.has(check.name) ? check.name : `${service}: ${check.name}`;
      if (!checks.has(name)) checks.set(name, { ...check, name });
    }
  }
  return [...checks.values()];
}
