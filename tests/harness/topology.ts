import { join } from 'node:path';
import { domainOf, urlVariable } from '@flowmesh/platform/domains';
import { Child } from './child.ts';
import { freePort } from './ports.ts';
import { ADMIN, prepareEnvironment, type ProductOptions } from './product.ts';
import { DOMAINS, type Domain } from './databases.ts';
import type { TestRedis } from './redis.ts';
import type { ProductAddress } from './test-config.ts';

export interface Topology extends ProductAddress {
  /** That runs now, or has run last. */
  readonly gateway: Child;
  /** That run now, or have run last. */
  readonly apis: Readonly<Record<Domain, Child>>;
  /** Address of a subgraph's own process. */
  readonly subgraphUrls: Readonly<Record<Domain, string>>;
  /** Workers that run now. */
  readonly workers: readonly Child[];
  /** Addresses of the workers it was started with. */
  readonly workerUrls: readonly string[];
  readonly redis: TestRedis | null;
  /** What all its processes are given. */
  readonly environment: NodeJS.ProcessEnv;
  /** The gateway, after it has ended; at the same address. */
  startGateway(): Promise<Child>;
  /** The graph of a domain whose process has ended, at the same address; resolves when it is ready. */
  startApi(domain: Domain): Promise<Child>;
  /** One more worker process of a domain; resolves when it is ready. */
  startWorker(domain: Domain): Promise<Child>;
  stop(): Promise<void>;
}

export interface TopologyOptions extends ProductOptions {
  /** Only these run, besides the gateway, which is degraded without the others. All when left out. */
  readonly domains?: readonly Domain[];
}

/** The product as processes: each subgraph's graph, the workers of those that have some, and the gateway. */
export async function startTopology(options: TopologyOptions = {}): Promise<Topology> {
  const { domains = DOMAINS } = options;
  const prepared = await prepareEnvironment(options);
  const ports = await Promise.all([...DOMAINS, 'gateway'].map(() => freePort()));
  const url = (index: number) => `http://127.0.0.1:${ports[index]}`;
  const subgraphUrls = Object.fromEntries(DOMAINS.map((domain, index) => [domain, url(index)])) as Record<
    Domain,
    string
  >;
  const environment = {
    ...prepared.environment,
    ...Object.fromEntries(DOMAINS.map((domain) => [urlVariable(domain), subgraphUrls[domain]])),
  };
  const children: Child[] = [];
  const start = (entry: string, role: string, port: number) => {
    const logFile = join(prepared.folder, `${entry}-${role}-${children.length}.log`);
    const child = Child.start(`${entry}/main.js`, logFile, { ...environment, ROLE: role, PORT: String(port) });
    children.push(child);
    return child;
  };
  const apis = {} as Record<Domain, Child>;
  const startApi = async (domain: Domain) => {
    const api = start(domain, domainOf(domain).workers ? 'api' : 'all', ports[DOMAINS.indexOf(domain)]!);
    apis[domain] = api;
    await api.ready(subgraphUrls[domain]);
    return api;
  };
  let gateway: Child | undefined;
  const startGateway = async () => {
    gateway = start('gateway', 'all', ports[DOMAINS.length]!);
    await gateway.ready(url(DOMAINS.length));
    return gateway;
  };
  const workers: Child[] = [];
  const workerUrls: string[] = [];
  const startWorker = async (domain: Domain) => {
    const port = await freePort();
    const worker = start(domain, 'worker', port);
    workers.push(worker);
    workerUrls.push(`http://127.0.0.1:${port}`);
    await worker.ready(`http://127.0.0.1:${port}`);
    return worker;
  };
  const stop = async () => {
    // The gateway first, so that nobody is asked who has ended already.
    for (const child of [...children].reverse()) void child.stop('SIGTERM');
    await Promise.all(children.map((child) => child.stop('SIGTERM')));
    await prepared.remove();
  };
  try {
    await Promise.all([
      ...domains.map(startApi),
      ...domains.filter((domain) => domainOf(domain).workers).map(startWorker),
    ]);
    const { logFile } = await startGateway();
    return {
      url: url(DOMAINS.length),
      databaseUrl: prepared.databaseUrl,
      databasePrefix: prepared.databasePrefix,
      logFile,
      admin: ADMIN,
      get gateway() {
        return gateway!;
      },
      apis,
      subgraphUrls,
      get workers() {
        return workers.filter((worker) => worker.running);
      },
      workerUrls: [...workerUrls],
      redis: prepared.redis,
      environment,
      startGateway,
      startApi,
      startWorker,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
