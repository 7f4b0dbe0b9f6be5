/**
 * A histogram of durations: how many fell into each class, by its number. Two are merged by adding them up. Class `n` holds
 * durations up to `CLASS_RATIO ** n` milliseconds, so that a percentile is off by 1 % of itself at most (the way of
 * DDSketch, Masson et al. 2019).
 */
export type Durations = Readonly<Record<string, number>>;

export const CLASS_RATIO = 1.02;

/**
 * The duration in milliseconds below which this share (0 to 1) of them lies: the one at place `share * (count - 1)`, rounded
 * down; null when there are none.
 */
export function percentile(durations: Durations, share: number): number | null {
  const classes = Object.entries(durations)
    .map(([number, count]) => ({ number: Number(number), count }))
    .sort((a, b) => a.number - b.number);
  const total = classes.reduce((sum, { count }) => sum + count, 0);
  const place = Math.floor(share * (total - 1));
  let before = 0;
  for (const { number, count } of classes) {
    before += count;
    if (before > place) return middleOf(number);
  }
  return null;
}

/** As far, in proportion, from the lower bound of the class as from the upper one. Below a millisecond is none. */
const middleOf = (number: number): number => (number === 0 ? 0 : CLASS_RATIO ** (number - 0.5));
