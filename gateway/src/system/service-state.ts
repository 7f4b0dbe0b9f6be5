import { Pool } from 'undici';
import { z } from 'zod';
import { serviceAddress } from '@flowmesh/platform/federation';
import { runChecks, type ProbedService } from '@flowmesh/platform/server';

export type ServiceStatus = 'HEALTHY' | 'DEGRADED' | 'DOWN';

/** State of one service, as the graph shows it. */
export interface ServiceState {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly status: ServiceStatus;
  readonly startedAt: Date | null;
  readonly uptimeSeconds: number | null;
  readonly dependencies: readonly { name: string; status: ServiceStatus; latencyMs: number }[];
}

/** Asks one service how it is; never rejects. */
export type ServiceReporter = () => Promise<ServiceState>;

const TIMEOUT_MS = 2_500;

/** A service in this process, which began with it. */
export function localReporter({ name, version, description, checks }: ProbedService): ServiceReporter {
  return async () => {
    const results = await runChecks(checks);
    const uptimeSeconds = Math.floor(process.uptime());
    return {
      name,
      version,
      description,
      status: results.every(({ status }) => status === 'up') ? 'HEALTHY' : 'DEGRADED',
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

/** A service in another process, by its probes. */
export function remoteReporter(name: string, url: string): { report: ServiceReporter; close: () => Promise<void> } {
  const { origin, prefix } = serviceAddress(url);
  const pool = new Pool(origin, { connections: 2, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const get = async (path: string) => {
    const { statusCode, body } = await pool.request({ method: 'GET', path: `${prefix}${path}` });
    return { statusCode, value: await body.json() };
  };
  const report: ServiceReporter = async () => {
    try {
      const [info, ready] = await Promise.all([get('/info'), get('/health/ready')]);
      const { startedAt, ...about } = infoSchema.parse(info.value);
      const { status: state, checks } = readySchema.parse(ready.value);
      const dependencies = checks.map((check) => ({
        name: check.name,
        status: check.status === 'up' ? ('HEALTHY' as const) : ('DOWN' as const),
        latencyMs: check.latencyMs,
      }));
      const status = state === 'ready' ? ('HEALTHY' as const) : ('DEGRADED' as const);
      return { name, ...about, status, startedAt: new Date(startedAt), dependencies };
    } catch {
      const unknown = { startedAt: null, uptimeSeconds: null, dependencies: [] };
      return { name, version: '', description: '', status: 'DOWN', ...unknown };
    }
  };
  return { report, close: () => pool.destroy() };
}
