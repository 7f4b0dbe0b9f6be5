import { Pool } from 'undici';
import { z } from 'zod';
import { serviceAddress } from '@flowmesh/platform/federation';
import type { ServiceCalls } from '@flowmesh/platform/resilience';
import { runChecks, type ProbedService } from '@flowmesh/platform/server';

export type ServiceStatus = 'HEALTHY' | 'DEGRADED' | 'DOWN';

/** State of one service in the graph. */
export interface ServiceState {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly status: ServiceStatus;
  /** Why it is not healthy; null if it is. */
  readonly reason: string | null;
  readonly startedAt: Date | null;
  readonly uptimeSeconds: number | null;
  readonly dependencies: readonly { name: string; status: ServiceStatus; latencyMs: number }[];
}

/** Reads the state of one service; never rejects. */
export type ServiceReporter = () => Promise<ServiceState>;

const TIMEOUT_MS = 2_500;

/** A service in this process, which started with it. */
export function localReporter({ name, version, description, checks }: ProbedService): ServiceReporter {
  return async () => {
    const results = await runChecks(checks);
    const uptimeSeconds = Math.floor(process.uptime());
    return {
      name,
      version,
      description,
      ...healthOf(results),
      startedAt: new Date(Date.now() - process.uptime() * 1_000),
      uptimeSeconds,
      dependencies: results.map((check) => ({
        name: check.name,
        status: check.status === 'up' ? 'HEALTHY' : 'DOWN',
        latencyMs: check.latencyMs,
      })),
    };
  };
}

/** The state of a service that answers. */
function healthOf(checks: readonly { readonly name: string; readonly status: 'up' | 'down' }[]) {
  const down = checks.filter(({ status }) => status === 'down').map(({ name }) => name);
  if (down.length === 0) return { status: 'HEALTHY', reason: null } as const;
  return { status: 'DEGRADED', reason: `Without an answer: ${down.join(', ')}.` } as const;
}

const infoSchema = z.object({
  version: z.string(),
  description: z.string(),
  startedAt: z.string(),
  uptimeSeconds: z.number(),
});
const readySchema = z.object({
  status: z.string(),
  checks: z.array(z.object({ name: z.string(), status: z.enum(['up', 'down']), latencyMs: z.number() })),
});

/** A service in another process, read through its probes; `calls` is how it is called. */
export function remoteReporter(
  name: string,
  url: string,
  calls: Pick<ServiceCalls, 'openSince'>,
): { report: ServiceReporter; close: () => Promise<void> } {
  const { origin, prefix } = serviceAddress(url);
  const pool = new Pool(origin, { connections: 2, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const get = async (path: string) => {
    const { statusCode, body } = await pool.request({ method: 'GET', path: `${prefix}${path}` });
    return { statusCode, value: await body.json() };
  };
  const isDown = (reason: string): ServiceState => {
    const unknown = { version: '', description: '', startedAt: null, uptimeSeconds: null, dependencies: [] };
    return { name, ...unknown, status: 'DOWN', reason };
  };
  const report: ServiceReporter = async () => {
    const { openSince } = calls;
    if (openSince)
      return isDown(`It has not answered since ${openSince.toISOString()}, and is not asked until it does.`);
    try {
      const [info, ready] = await Promise.all([get('/info'), get('/health/ready')]);
      const { startedAt, ...about } = infoSchema.parse(info.value);
      const { status: state, checks } = readySchema.parse(ready.value);
      const stopping = state === 'stopping' ? ({ status: 'DEGRADED', reason: 'It is being stopped.' } as const) : null;
      const dependencies = checks.map((check) => ({
        name: check.name,
        status: check.status === 'up' ? ('HEALTHY' as const) : ('DOWN' as const),
        latencyMs: check.latencyMs,
      }));
      return { name, ...about, ...(stopping ?? healthOf(checks)), startedAt: new Date(startedAt), dependencies };
    } catch {
      return isDown('It does not answer.');
    }
  };
  return { report, close: () => pool.destroy() };
}
