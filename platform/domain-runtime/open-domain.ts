import type { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { networkSettings, suspensionSettings } from '../config/index.ts';
import { checkDatabase, createPool, prismaAdapter, type PoolOptions } from '../database/index.ts';
import type { DomainName } from '../domains/index.ts';
import { StartError } from '../errors/index.ts';
import { consumerCheck, createEventLog, startRelay, type EventLog, type Relay } from '../events/index.ts';
import { buildSubgraphSchema, loadTypeDefinitions, type ResolverMap } from '../graphql/index.ts';
import { createAddressRules, createGuardedHttp, type GuardedHttp } from '../http/index.ts';
import type { Logger } from '../logging/index.ts';
import { startRetention } from '../retention/index.ts';
import { createKeyRing, createSecretBox, keepSealed } from '../secrets/index.ts';
import type { KeepSealedOptions, KeyRing, SealedColumn, SecretBox } from '../secrets/index.ts';
import type { DependencyCheck, Platform, Roles, Subgraph } from '../subgraph/index.ts';
import { endSuspendedWork } from '../suspensions/index.ts';
import { VERSION } from '../version/index.ts';

export interface DomainOptions<Client> {
  readonly name: DomainName;
  /** Connections to its database at most, in each process. */
  readonly connections: number;
  /** Makes its Prisma client, the only one it has, on the same connections. */
  readonly prisma: (adapter: PrismaPg) => Client;
}

/** Work that goes on until it is stopped. */
export interface Stoppable {
  stop(): unknown;
}

/** Work of a domain: what is started and stopped, or a function that starts it and gives what stops it. */
export type Work =
  { start(): unknown; stop(): unknown } | (() => Stoppable | undefined | Promise<Stoppable | undefined>);

/** What is particular to a subgraph; everything else is the same for all. */
export interface SubgraphParts extends Pick<Subgraph, 'description' | 'createContext' | 'registerRoutes'> {
  readonly resolvers: ResolverMap;
}

/**
 * The resources of a domain in a process: connection pool, Prisma client, event log, relay, secrets, checks, and the order
 * in which its parts start and stop. Modules receive it, and register background work with `prepare`, `always` and
 * `inWorkers`. The work starts in this order with the subgraph, and stops in reverse order. Before that, nothing is
 * connected, written or repeated.
 */
export class OpenDomain<Client = unknown> {
  readonly name: DomainName;
  readonly config: Platform['config'];
  readonly queues: Platform['queues'];
  readonly bus: Platform['bus'];
  /** The other domains. */
  readonly services: Platform['services'];
  readonly logger: Logger;
  readonly pool: Pool;
  readonly prisma: Client;
  /** Of its own events. */
  readonly log: EventLog;

  private readonly preparations: (() => Promise<void>)[] = [];
  private readonly works: { readonly name: string; readonly work: Work }[] = [];
  private readonly checks: DependencyCheck[];
  private relay: Relay | undefined;
  private opened: { readonly keyRing: KeyRing; readonly box: SecretBox } | undefined;

  constructor(
    private readonly platform: Platform,
    private readonly roles: Roles,
    { name, connections, prisma }: DomainOptions<Client>,
  ) {
    const { config, queues, bus, services, metrics } = platform;
    this.name = name;
    this.config = config;
    this.queues = queues;
    this.bus = bus;
    this.services = services;
    this.logger = platform.logger.child({ subgraph: name });
    this.pool = this.openPool(null, { max: connections });
    this.prisma = prisma(prismaAdapter(this.pool));
    this.log = createEventLog({ domain: name, pool: this.pool });
    this.checks = [
      { name: 'database', check: () => checkDatabase(this.pool) },
      { name: 'queue', check: () => queues.check() },
      { name: 'event bus', check: () => bus.check() },
    ];
    this.always('relay', () => {
      this.relay = startRelay({ domain: name, pool: this.pool, bus, logger: this.logger, metrics });
      return this.relay;
    });
  }

  /** Tells the relay of new events: to be called after each commit that appended some. May be passed on as it is. */
  readonly published = (): void => this.relay?.poke();

  /** Connections besides the domain's own, for a purpose that must not wait for these. */
  openPool(purpose: string | null, options: Pick<PoolOptions, 'max' | 'pipeline'>): Pool {
    const applicationName = ['flowmesh', this.name, ...(purpose === null ? [] : [purpose])].join('-');
    const pool = createPool(this.platform.databaseUrl(this.name), { ...options, applicationName, logger: this.logger });
    this.onStop(purpose === null ? 'database' : `${purpose} database`, () => pool.end());
    return pool;
  }

  /** HTTP to addresses that users give, within what the operator allows, and to `hosts`, which the operator names. */
  openHttp(hosts: readonly string[] = []): GuardedHttp {
    const http = createGuardedHttp({
      rules: createAddressRules([...this.config.settings.of(networkSettings).allowPrivateAddresses, ...hosts]),
    });
    this.onStop('http', () => http.close());
    return http;
  }

  /** The keys of the operator, and the box that seals with them. Throws `StartError` when there are none. */
  get secrets(): { readonly keyRing: KeyRing; readonly box: SecretBox } {
    if (!this.opened) {
      const key = this.needed('ENCRYPTION_KEY', this.config.encryptionKey);
      const keyRing = createKeyRing(key, this.config.decryptionKeys);
      this.opened = { keyRing, box: createSecretBox(keyRing) };
    }
    return this.opened;
  }

  /** A setting without which the domain cannot work: throws `StartError` when it is not given. */
  needed<T>(variable: string, value: T | null): T {
    if (value === null) throw new StartError(`${this.name} needs ${variable}.`);
    return value;
  }

  /** Every column that is sealed: what an earlier key has sealed is sealed again. */
  keepSealed(columns: readonly SealedColumn[], others?: KeepSealedOptions['others']): void {
    const { name, pool, queues, logger } = this;
    this.inWorkers('sealed secrets', () =>
      keepSealed({ name, ...this.secrets, pool, columns, others, queues, logger }),
    );
  }

  /** Retention: `remove` removes at most `limit` expired rows, and returns how many were removed. */
  retain(name: string, remove: (limit: number) => Promise<number>): void {
    const { queues, logger } = this;
    this.inWorkers(`retention of ${name}`, () => startRetention({ name, queues, logger, remove }));
  }

  /** Follows who is suspended; `cancel` ends up to so many pieces of their work where the operator wants it so. */
  endSuspendedWork(cancel: (limit: number) => Promise<number>): void {
    const { name, bus, pool, logger, queues, config } = this;
    const mode = config.settings.of(suspensionSettings).suspendedWork;
    this.inWorkers('suspended users', () => endSuspendedWork({ name, bus, pool, logger, queues, mode, cancel }));
  }

  /** Begins to consume events, in processes that work; readiness tells how far the group is behind. */
  consume(group: string, work: Work): void {
    if (this.roles.worker) this.checks.push(consumerCheck(this.bus, group));
    this.inWorkers(`consumer ${group}`, work);
  }

  /** Must complete before other work starts, e.g. creating initial rows. All processes run it, possibly at the same time. */
  prepare(preparation: () => Promise<void>): void {
    this.preparations.push(preparation);
  }

  /** Work of every process of the domain. */
  always(name: string, work: Work): void {
    this.works.push({ name, work });
  }

  /** Work of processes that do more than answer the graph. */
  inWorkers(name: string, work: Work): void {
    if (this.roles.worker) this.always(name, work);
  }

  /** Resources that are open from construction on; they are closed after all work has stopped. */
  onStop(name: string, stop: () => Promise<void> | void): void {
    this.platform.lifecycle.onStop(`${this.name}: ${name}`, stop);
  }

  /** Creates the subgraph of the domain; work registered afterwards does not start. */
  subgraph({ resolvers, ...parts }: SubgraphParts): Subgraph {
    return {
      ...parts,
      ...buildSubgraphSchema(loadTypeDefinitions(this.name), resolvers),
      name: this.name,
      version: VERSION,
      checks: this.checks,
      start: () => this.start(),
    };
  }

  private async start(): Promise<void> {
    for (const prepare of this.preparations) await prepare();
    for (const { name, work } of this.works) {
      const begun = await begin(work);
      if (begun) this.onStop(name, async () => void (await begun.stop()));
    }
  }
}

async function begin(work: Work): Promise<Stoppable | undefined> {
  if (typeof work === 'function') return work();
  await work.start();
  return work;
}

/** Opens a domain in a process; connects nothing yet. */
export const openDomain = <Client>(
  platform: Platform,
  roles: Roles,
  options: DomainOptions<Client>,
): OpenDomain<Client> => new OpenDomain(platform, roles, options);
