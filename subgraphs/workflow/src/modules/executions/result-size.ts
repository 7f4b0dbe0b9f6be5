/** Larger results, as JSON, are stored aside: whoever reads their rows gets them only when asked for. */
export const ASIDE_BYTES = 262_144;

export const isAside = (bytes: number | null): bytes is number => bytes !== null && bytes > ASIDE_BYTES;

/** Of one result, as JSON: of a step, of the executions of its body together, or of an execution. */
export const MAX_RESULT_BYTES = 10_485_760;

export const RESULT_TOO_LARGE = 'RESULT_TOO_LARGE';

/** Whether it has more characters than this as JSON, about; looks no further. */
export function isLargerThan(value: unknown, most: number): boolean {
  let left = most;
  const take = (inner: unknown): void => {
    left -= typeof inner === 'string' ? inner.length + 2 : 4;
    if (typeof inner !== 'object' || inner === null) return;
    for (const key in inner) {
      left -= key.length + 3;
      if (left < 0) return;
      take((inner as Record<string, unknown>)[key]);
    }
  };
  take(value);
  return left < 0;
}
