import type { StarterRights } from '../starter-rights.ts';
import { StepFailure } from './step-type.ts';

/** Fails a step that would do what whoever started its execution may not. */
export function requireScope({ scopes }: StarterRights, scope: string, what = 'The step'): void {
  if (scopes.includes(scope)) return;
  const message = `${what} needs ${scope}, which the user who started the execution does not have.`;
  throw new StepFailure('FORBIDDEN', message, false);
}
