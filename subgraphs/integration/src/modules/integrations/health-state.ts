import type { CircuitState } from '@flowmesh/platform/resilience';
import type { IntegrationRecord } from './integration-record.ts';

export type HealthState = 'UNKNOWN' | 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY';

/** How the last check and the circuit find a service. */
export function healthState(
  { healthCheckedAt, healthFailures }: Pick<IntegrationRecord, 'healthCheckedAt' | 'healthFailures'>,
  circuit: CircuitState,
): HealthState {
  if (healthCheckedAt === null) return circuit === 'CLOSED' ? 'UNKNOWN' : 'DEGRADED';
  if (healthFailures > 0) return 'UNHEALTHY';
  return circuit === 'CLOSED' ? 'HEALTHY' : 'DEGRADED';
}
