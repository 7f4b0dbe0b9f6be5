/** From the paper below: how much the first places count more than the next. */
const K = 60;

/**
 * Several rankings of the same things as one: each counts 1 / (60 + its place) in every ranking it is in. Reciprocal rank
 * fusion (Cormack, Clarke and Büttcher, SIGIR 2009), which needs no scores that can be compared. Among equals, what stands
 * in an earlier ranking comes first.
 */
export function fused(rankings: readonly (readonly string[])[]): { readonly id: string; readonly score: number }[] {
  const scores = new Map<string, number>();
  for (const ranking of rankings) {
    for (const [index, id] of ranking.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (K + index + 1));
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort((one, other) => other.score - one.score);
}
