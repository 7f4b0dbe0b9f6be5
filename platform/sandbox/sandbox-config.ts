import { availableParallelism } from 'node:os';

/** Most of what one machine needs, and one that is there for whoever comes next. */
export const defaultProcesses = (): number => Math.min(4, availableParallelism()) + 1;

/**
 * All that a process of the sandbox knows of this one's environment: nothing. A time without a zone is one of UTC
 * there, wherever the product runs.
 */
export const processEnvironment = (): Record<string, string> => ({ TZ: 'UTC' });
