/** Null when there is nothing to have a share of. */
export const share = (part: number, all: number): number | null => (all === 0 ? null : part / all);
