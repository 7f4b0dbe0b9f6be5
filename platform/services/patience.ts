const SHORTEST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Milliseconds until a service that does not answer is asked again: about half as long as it has been waited for, between
 * half a second and half a minute, up to a quarter less so that not all come at once. Null when it was waited for
 * `boundMs` or longer.
 */
export function nextTryInMs(waitedMs: number, boundMs: number, random: () => number = Math.random): number | null {
  if (waitedMs >= boundMs) return null;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, waitedMs / 2)) * (1 - random() / 4);
}
