/**
 * How often work is restarted after its process crashed. At the third crash the work is given up, because it may be the
 * cause of the crashes. Work that a process hands over in an orderly shutdown is not counted.
 */
export const MAX_RECOVERIES = 2;

/** Told of work that is given up for that. */
export const WORKER_LOST = {
  code: 'WORKER_LOST',
  message: 'The process that did the work ended three times before it was done; it is not tried again.',
} as const;
