import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { Admission } from '@flowmesh/platform/admission';
import type { Logger } from '@flowmesh/platform/logging';
import { createHttpServer, type TurnAway } from '@flowmesh/platform/server';
import type { GatewayLimits } from './gateway-config.ts';

export interface GatewayServerOptions {
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly requestTimeoutMs?: number;
  readonly limits: GatewayLimits;
}

/** Where the graph is. */
export const PATH = '/graphql';

/** The HTTP server on which the gateway is to be registered; while there is too much to do it refuses, before all else. */
export function createGatewayServer({ limits, ...options }: GatewayServerOptions): {
  readonly server: FastifyInstance;
  readonly admission: Admission;
} {
  const admission = new Admission({
    inFlight: limits.operationsInFlight,
    waiting: limits.operationsWaiting,
    metrics: options.metrics,
  });
  return { admission, server: createHttpServer({ ...options, turnAway: turnAwayFromGraph(admission) }) };
}

/** Not from pages of other origins: without what CORS asks for, they could not read why. */
const turnAwayFromGraph =
  (admission: Admission): TurnAway =>
  ({ url = '', headers }) =>
    admission.isOverfull && headers.origin === undefined && (url === PATH || url.startsWith(`${PATH}?`))
      ? admission.refuse()
      : null;
