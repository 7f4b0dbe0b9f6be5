import { createLogger } from '../logging/index.ts';

/** A log that nobody reads. */
export const silent = createLogger({ level: 'silent', name: 'test' });
