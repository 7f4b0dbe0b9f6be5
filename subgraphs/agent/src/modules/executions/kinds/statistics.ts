import { max, mean, median, min, quantile, standardDeviation, sum } from 'simple-statistics';

/** Of the population; `values` is not empty. */
export function statistics(values: readonly number[]) {
  const list = [...values];
  return {
    count: list.length,
    sum: sum(list),
    mean: mean(list),
    median: median(list),
    min: min(list),
    max: max(list),
    standardDeviation: standardDeviation(list),
    p95: quantile(list, 0.95),
  };
}
