import type { GraphQLSchema } from 'graphql';
import type { Logger } from '../logging/index.ts';
import type { Lifecycle } from '../lifecycle/index.ts';
import type { EventBus } from '../events/types.ts';
import type { QueueSystem } from '../queue/types.ts';
import type { CallContext } from '../federation/source.ts';
import type { Services } from '../services/services.ts';
import type { PlatformConfig } from '../config/index.ts';
import type { Registry } from 'prom-client';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessRules, Client, IdentityProvider } from '../access/index.ts';

/** What every service is given. One per process. */
export interface Platform {
  readonly config: PlatformConfig;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly lifecycle: Lifecycle;
  readonly queues: QueueSystem;
  readonly bus: EventBus;
  /** Connection address of a domain's database; it exists and is migrated. */
  databaseUrl(domain: string): string;
  /** The other domains, for services that call them (workflow → agent). Filled before any subgraph starts. */
  readonly services: Services;
}

/** What is measured of a dependency, such as `behindSeconds`. */
export type CheckFigures = Readonly<Record<string, number>>;

export interface DependencyCheck {
  /** `database`, `queue`, `event bus` … */
  readonly name: string;
  /** Resolves when it answers, rejects with why not; with figures that are to be shown, which an error has as `figures`. */
  check(): Promise<void | CheckFigures>;
  /**
   * Without it the service can do nothing, and is not ready. Default true; else it is degraded without it, and should
   * still get requests.
   */
  readonly essential?: boolean;
}

/** Where a request to a route besides the graph comes from. */
export type ClientOf = (request: FastifyRequest) => Client;

/** One domain, built and not yet started. */
export interface Subgraph {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Executable. Whoever executes it checks `accessRules` first: platform/federation does, for both topologies. */
  readonly schema: GraphQLSchema;
  readonly accessRules: AccessRules;
  /** Context of one operation: viewer, services, fresh data loaders. */
  createContext(call: CallContext): object;
  readonly checks: readonly DependencyCheck[];
  /** Plain HTTP routes of its own besides the graph and the probes, e.g. the JWKS. */
  readonly registerRoutes?: (server: FastifyInstance, clientOf: ClientOf) => void;
  /** Only auth: what the gateway asks about tokens and sessions. */
  readonly identity?: IdentityProvider;
  /**
   * Begins to work, once: what must be there (first rows, keys), relay, workers when `roles.worker`. Stops through the
   * platform's lifecycle.
   */
  start(): Promise<void>;
}

/** What a process does for a subgraph: answer the graph, run its work, or both. */
export interface Roles {
  readonly api: boolean;
  readonly worker: boolean;
}

/**
 * Each subgraph exports one of these from `src/subgraph.ts`. Building connects and writes nothing; it throws
 * `ConfigError` or `StartError` when the subgraph cannot work as it is configured.
 */
export type CreateSubgraph = (platform: Platform, roles: Roles) => Subgraph;
