/**
 * FAILED: the program itself did. TIMEOUT, MEMORY: it was ended because it took too much, and would be again.
 */
export class SandboxError extends Error {
  constructor(
    readonly reason: 'FAILED' | 'TIMEOUT' | 'MEMORY',
    message: string,
    /** What the language tells besides the message, e.g. a position. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'SandboxError';
  }
}

export const timedOut = (what: string) => new SandboxError('TIMEOUT', `took longer than ${what}`);
