import type { Pool } from 'pg';
import type { CallFigures, ErrorCount, Latency, OperationFigures, Period } from './analytics-record.ts';

const MOST_OPERATIONS = 200;
const MOST_ERRORS = 50;

/** Of calls that were made; kept answers take no time that says anything of the service. */
const LATENCY = `
  percentile_cont(array[0.5, 0.9, 0.95, 0.99, 1]) within group (order by duration_ms)
    filter (where outcome in ('SUCCEEDED', 'FAILED'))`;
const COUNT = (outcome: string) => `(count(*) filter (where outcome = '${outcome}'))::int`;
const OF_PERIOD = 'from integration_calls where integration_id = $1 and at >= $2 and at < $3';

interface WithPercentiles {
  readonly percentiles: readonly [number, number, number, number, number] | null;
}

function latencyOf({ percentiles }: WithPercentiles): Latency | null {
  if (percentiles === null) return null;
  const [p50, p90, p95, p99, max] = percentiles;
  return { p50, p90, p95, p99, max };
}

/** Statistics of the calls of one integration within a time. */
export class AnalyticsStore {
  constructor(private readonly pool: Pool) {}

  async figures(integrationId: string, { from, to }: Period): Promise<CallFigures> {
    const { rows } = await this.pool.query<Omit<CallFigures, 'latencyMs'> & WithPercentiles>(
      `select count(*)::int as calls, ${COUNT('SUCCEEDED')} as succeeded, ${COUNT('CACHED')} as cached,
         ${COUNT('FAILED')} as failed, ${COUNT('REFUSED')} as refused, ${COUNT('UNKNOWN')} as unknown,
         coalesce(sum(greatest(attempts - 1, 0)), 0)::int as retries, ${LATENCY} as percentiles
       ${OF_PERIOD}`,
      [integrationId, from, to],
    );
    const [row] = rows;
    if (!row) throw new Error('An aggregate has one row.');
    const { percentiles, ...counts } = row;
    return { ...counts, latencyMs: latencyOf({ percentiles }) };
  }

  async errors(integrationId: string, { from, to }: Period): Promise<ErrorCount[]> {
    const { rows } = await this.pool.query<ErrorCount>(
      `select error_code as code, count(*)::int as calls ${OF_PERIOD} and error_code is not null
       group by error_code order by count(*) desc, error_code limit ${MOST_ERRORS}`,
      [integrationId, from, to],
    );
    return rows;
  }

  async operations(integrationId: string, { from, to }: Period): Promise<OperationFigures[]> {
    const { rows } = await this.pool.query<Omit<OperationFigures, 'latencyMs'> & WithPercentiles>(
      `select operation, count(*)::int as calls, ${COUNT('FAILED')} as failed, ${LATENCY} as percentiles ${OF_PERIOD}
       group by operation order by count(*) desc, operation limit ${MOST_OPERATIONS}`,
      [integrationId, from, to],
    );
    return rows.map(({ percentiles, ...row }) => ({ ...row, latencyMs: latencyOf({ percentiles }) }));
  }
}
