import type { CallPolicy } from '../call-policy.ts';

/** Failures in a row that open the circuit of a service of the product. */
export const FAILURES_IN_A_ROW = 5;

/**
 * How calls to a service of the product are protected: no limit of their number, no kept answers. Callers set the timeout, and
 * the gateway a maximum of concurrent calls.
 */
export const SERVICE_POLICY = {
  maxConcurrency: Infinity,
  maxWaiting: Infinity,
  rateLimit: null,
  cacheSeconds: 0,
  circuitBreaker: { failureRatePercent: 50, windowSeconds: 30, minimumCalls: 20, openSeconds: 0 },
  retry: { maxAttempts: 1, initialDelayMs: 200, maxDelayMs: 200 },
} satisfies Omit<CallPolicy, 'timeoutMs'>;
