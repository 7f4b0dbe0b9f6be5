import { max, mean, median, min, quantile, standardDeviation, sum } from 'simple-statistics';

/** The values are too large to compute with. */
export class StatisticsError extends Error {
  override name = 'StatisticsError';
}

/** Of the population; `values` is not empty. Throws StatisticsError where a result would be no number. */
export function statistics(values: readonly number[]) {
  const list = [...values];
  const results = {
    count: list.length,
    sum: sum(list),
    mean: mean(list),
    median: median(list),
    min: min(list),
    max: max(list),
    standardDeviation: standardDeviation(list),
    p95: quantile(list, 0.95),
  };
  const none = Object.entries(results).find(([, result]) => !Number.isFinite(result));
  if (none) throw new StatisticsError(`are too large: their ${none[0]} is no number that can be written`);
  return results;
}
