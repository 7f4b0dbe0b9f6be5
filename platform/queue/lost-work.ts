/**
 * Work whose process ended without handing it over is begun again so often. The third time the work is given up, for it
 * may be what ends the processes. What a process that is stopped in order hands over is not counted.
 */
export const MAX_RECOVERIES = 2;

/** Told of work that is given up for that. */
export const WORKER_LOST = {
  code: 'WORKER_LOST',
  message: 'The process that did the work ended three times before it was done; it is not tried again.',
} as const;
