import type { CallPolicy } from '@flowmesh/platform/resilience';
import { z } from 'zod';

const int = (min: number, max: number) => {
  const message = `must be ${min.toLocaleString('en')} to ${max.toLocaleString('en')}`;
  return z.int(message).min(min, message).max(max, message);
};

export const policyShape = z.object({
  maxConcurrency: int(1, 1_000).nullish(),
  maxWaiting: int(0, 10_000).nullish(),
  maxWaitMs: int(0, 300_000).nullish(),
  rateLimit: z.object({ calls: int(1, 1_000_000), perSeconds: int(1, 86_400) }).nullish(),
  cacheSeconds: int(0, 86_400).nullish(),
  circuitBreaker: z
    .object({
      failureRatePercent: int(1, 100).nullish(),
      windowSeconds: int(1, 600).nullish(),
      minimumCalls: int(1, 10_000).nullish(),
      openSeconds: int(1, 3_600).nullish(),
    })
    .nullish(),
  timeoutMs: int(100, 300_000).nullish(),
  retry: z
    .object({
      maxAttempts: int(1, 10).nullish(),
      initialDelayMs: int(0, 60_000).nullish(),
      maxDelayMs: int(0, 60_000).nullish(),
    })
    .nullish(),
});

export type PolicyInput = z.output<typeof policyShape>;

type Given<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

/** What was given over what was before; null and what is left out change nothing. */
function over<T extends object>(before: T, given: Given<T> | null | undefined): T {
  const entries = Object.entries(given ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return { ...before, ...Object.fromEntries(entries) };
}

/** Null takes the rate limit away; elsewhere it changes nothing. */
export function mergePolicy(given: PolicyInput | null | undefined, before: CallPolicy): CallPolicy {
  const { rateLimit, circuitBreaker, retry, ...plain } = given ?? {};
  return {
    ...over(before, plain),
    rateLimit: rateLimit === undefined ? before.rateLimit : rateLimit,
    circuitBreaker: over(before.circuitBreaker, circuitBreaker),
    retry: over(before.retry, retry),
  };
}
