import { ConfigError } from '@flowmesh/platform/config';

/** All results; when some parts are configured wrongly, one error with the problems of all of them. */
export async function allOrProblems<T>(parts: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(parts);
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  const misconfigured = failures.filter((failure) => failure instanceof ConfigError);
  if (misconfigured.length > 0) throw new ConfigError(misconfigured.flatMap(({ problems }) => problems));
  if (failures.length > 0) throw failures[0];
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
