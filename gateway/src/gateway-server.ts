import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { Admission } from '@flowmesh/platform/admission';
import type { Logger } from '@flowmesh/platform/logging';
import { createHttpServer, type TurnAway } from '@flowmesh/platform/server';
import { A2A_PATH } from './a2a/a2a-cards.ts';
import type { GatewayLimits } from './gateway-config.ts';

export interface GatewayServerOptions {
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly requestTimeoutMs?: number;
  readonly limits: GatewayLimits;
}

/** The path of the graph. */
export const PATH = '/graphql';
/** The path of the tools that the graph offers to language models. */
export const MCP_PATH = '/mcp';

/** What is admitted like operations of the graph. */
const isAdmitted = (path: string): boolean => path === PATH || path === MCP_PATH || path.startsWith(A2A_PATH);

/** The HTTP server for the gateway. Under overload it refuses requests before anything else. */
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

/** Except requests from pages of other origins, which could not read the refusal without CORS headers. */
const turnAwayFromGraph =
  (admission: Admission): TurnAway =>
  ({ url = '', headers }) =>
    admission.isOverfull && headers.origin === undefined && isAdmitted(url.split('?', 1)[0] ?? '')
      ? admission.refuse()
      : null;
