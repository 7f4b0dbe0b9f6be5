const SHORTEST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Backoff until a service that does not answer is tried again, in milliseconds: about half of the time already waited,
 * between half a second and half a minute, with jitter of up to a quarter less. Null when `boundMs` have been waited.
 */
export function nextTryInMs(waitedMs: number, boundMs: number, random: () => number = Math.random): number | null {
  if (waitedMs >= boundMs) return null;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, waitedMs / 2)) * (1 - random() / 4);
}
