import type { ProviderHealth, ProviderRecord } from './channel-record.ts';
import type { ProviderCircuit } from './provider-circuits.ts';

export type ChannelStatus = 'NOT_CONFIGURED' | 'INACTIVE' | 'OPERATIONAL' | 'DEGRADED' | 'DOWN';

/** Fewer attempts say nothing about a channel. */
const TELLING_ATTEMPTS = 10;

/** What is known of the providers of a channel. */
export interface KnownOfProviders {
  healthOf(provider: ProviderRecord): ProviderHealth | undefined;
  circuitOf(provider: ProviderRecord): ProviderCircuit | undefined;
  /** False when nothing can be sent through it until somebody changes something. */
  isUsable(provider: ProviderRecord): boolean;
}

/**
 * Status of a channel, from what its providers need, their circuit breakers and the deliveries of the last hour.
 */
export function channelStatus(
  providers: readonly ProviderRecord[],
  { healthOf, circuitOf, isUsable }: KnownOfProviders,
): ChannelStatus {
  if (providers.length === 0) return 'NOT_CONFIGURED';
  const active = providers.filter(({ isActive }) => isActive);
  if (active.length === 0) return 'INACTIVE';
  if (active.every((provider) => circuitOf(provider)?.state === 'OPEN' || !isUsable(provider))) return 'DOWN';
  const healths = active.flatMap((provider) => healthOf(provider) ?? []);
  const attempts = healths.reduce((sum, health) => sum + health.attempts, 0);
  const failed = healths.reduce((sum, health) => sum + health.failed, 0);
  const mostlyFailing = attempts >= TELLING_ATTEMPTS && failed * 2 > attempts;
  const failing = active.some((provider) => {
    if (!isUsable(provider)) return true;
    const { state = 'CLOSED', observers = [] } = circuitOf(provider) ?? {};
    return state !== 'CLOSED' || observers.some(({ failures, stoppedUntil }) => failures > 0 || stoppedUntil !== null);
  });
  return mostlyFailing || failing ? 'DEGRADED' : 'OPERATIONAL';
}
