import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Lifecycle } from '../lifecycle/index.ts';
import { warnSeldom, type Logger } from '../logging/index.ts';
import type { DependencyCheck } from '../subgraph/index.ts';
import { runChecks, stateOf } from './checks.ts';

/** A service as its probes describe it; every subgraph is one. */
export interface ProbedService {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly checks: readonly DependencyCheck[];
}

export interface ProbeOptions {
  readonly metrics: Registry;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  /** In front of the paths: `/services/agent`. */
  readonly prefix?: string;
}

/**
 * `/health` and `/health/live` say that the process answers. `/health/ready` asks everything the service depends on,
 * and is 503 when something it can do nothing without is down or the process is stopping: send no traffic then. Without
 * other things it is `degraded`, with status 200. `/info` and `/metrics` describe
 * it. All are public and tell nothing but names, states and times.
 */
export function registerProbes(server: FastifyInstance, service: ProbedService, options: ProbeOptions): void {
  const { metrics, lifecycle, logger, prefix = '' } = options;
  const { name, version, description, checks } = service;
  const startedAt = new Date();
  const warnOf = new Map(checks.map((check) => [check.name, warnSeldom(logger, 'a dependency is down')]));

  for (const path of ['/health', '/health/live']) {
    server.get(prefix + path, async (_request, reply) =>
      reply.header('cache-control', 'no-store').send({ status: 'ok', name }),
    );
  }

  server.get(`${prefix}/health/ready`, async (_request, reply) => {
    const results = await runChecks(checks);
    for (const { name: dependency, error } of results) {
      if (error) warnOf.get(dependency)?.({ err: error, service: name, dependency });
    }
    const state = lifecycle.isStopping ? 'stopping' : stateOf(results);
    return reply
      .code(state === 'ready' || state === 'degraded' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({
        status: state,
        name,
        checks: results.map(({ name: dependency, status, latencyMs, figures }) => ({
          name: dependency,
          status,
          latencyMs,
          ...figures,
        })),
      });
  });

  server.get(`${prefix}/info`, async () => ({
    name,
    version,
    description,
    startedAt: startedAt.toISOString(),
    uptimeSeconds: Math.floor((Date.now() - startedAt.getTime()) / 1_000),
  }));

  server.get(`${prefix}/metrics`, async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.metrics()),
  );
}
