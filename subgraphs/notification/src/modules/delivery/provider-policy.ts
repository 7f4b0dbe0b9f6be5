import { DEFAULT_POLICY, type BreakerRules, type CallPolicy } from '@flowmesh/platform/resilience';
import type { Provider } from './provider-store.ts';

/** Messages of one channel under way at the same time in a process. Most of them wait for an answer. */
export const LANE_CONCURRENCY = 64;
/** Adapters end an attempt themselves; the chain ends what they forget. */
const GRACE_MS = 10_000;

const OWN: BreakerRules = { failureRatePercent: 50, windowSeconds: 60, minimumCalls: 5, openSeconds: 30 };
/** The circuit of the service is the integration's; this one is for when the integration service does not answer. */
const BY_INTEGRATION: BreakerRules = { failureRatePercent: 50, windowSeconds: 10, minimumCalls: 5, openSeconds: 2 };

/**
 * How calls of a provider are protected. Its rate limit is counted where messages are claimed, and repeating is the business
 * of the retry schedule, which lasts for days.
 */
export const policyOf = ({ integrationId }: Pick<Provider, 'integrationId'>, attemptTimeoutMs: number): CallPolicy => ({
  ...DEFAULT_POLICY,
  maxConcurrency: LANE_CONCURRENCY,
  maxWaiting: LANE_CONCURRENCY,
  circuitBreaker: breakerRulesOf({ integrationId }),
  timeoutMs: attemptTimeoutMs + GRACE_MS,
  retry: { maxAttempts: 1, initialDelayMs: 0, maxDelayMs: 0 },
});

export const breakerRulesOf = ({ integrationId }: Pick<Provider, 'integrationId'>): BreakerRules =>
  integrationId === null ? OWN : BY_INTEGRATION;
