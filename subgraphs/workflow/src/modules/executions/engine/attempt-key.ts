import type { AttemptKey } from './commands.ts';

/** Within its step. */
export const attemptName = ({ generation, failures }: AttemptKey): string => `${generation}.${failures}`;

/** The idempotency key under which an agent is given the work of an attempt. */
export const idempotencyKeyOf = (executionId: string, stepId: string, attempt: string): string =>
  `${executionId}:${stepId}:${attempt}`;

/** The step that such a key names; null when it is no such key. */
export const stepIdOf = (idempotencyKey: string): string | null =>
  /^[^:]+:(?<stepId>.+):[^:]+$/.exec(idempotencyKey)?.groups?.['stepId'] ?? null;
