/** The most that is stored of a count: what the columns hold. */
const MOST = 2_147_483_647;

/**
 * A number of tokens as it can be stored and charged. Models and agents are not trusted with it: a negative count would give
 * back what others have used. Undefined for what is no count.
 */
export function tokenCount(said: number | undefined): number | undefined {
  if (said === undefined || Number.isNaN(said) || said < 0) return undefined;
  return Math.min(MOST, Math.round(said));
}

/** Counts together, at most what can be stored. */
export const tokenSum = (counts: readonly number[]): number =>
  Math.min(
    MOST,
    counts.reduce((total, count) => total + count, 0),
  );
