import type { ProviderHealth, ProviderRecord } from './channel-record.ts';
import type { ProviderCircuit } from './provider-circuits.ts';

export type ChannelStatus = 'NOT_CONFIGURED' | 'INACTIVE' | 'OPERATIONAL' | 'DEGRADED' | 'DOWN';

/** Fewer attempts say nothing about a channel. */
const TELLING_ATTEMPTS = 10;

/** Status of a channel, from the circuit breakers of its providers and the deliveries of the last hour. */
export function channelStatus(
  providers: readonly ProviderRecord[],
  healthOf: (provider: ProviderRecord) => ProviderHealth | undefined,
  circuitOf: (provider: ProviderRecord) => ProviderCircuit | undefined,
): ChannelStatus {
  if (providers.length === 0) return 'NOT_CONFIGURED';
  const active = providers.filter(({ isActive }) => isActive);
  if (active.length === 0) return 'INACTIVE';
  if (active.every((provider) => circuitOf(provider)?.state === 'OPEN')) return 'DOWN';
  const healths = active.flatMap((provider) => healthOf(provider) ?? []);
  const attempts = healths.reduce((sum, health) => sum + health.attempts, 0);
  const failed = healths.reduce((sum, health) => sum + health.failed, 0);
  const mostlyFailing = attempts >= TELLING_ATTEMPTS && failed * 2 > attempts;
  const failing = active.some((provider) => {
    const { state = 'CLOSED', observers = [] } = circuitOf(provider) ?? {};
    return state !== 'CLOSED' || observers.some(({ failures }) => failures > 0);
  });
  return mostlyFailing || failing ? 'DEGRADED' : 'OPERATIONAL';
}
