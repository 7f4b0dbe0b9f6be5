import { PublicError } from '@flowmesh/platform/errors';
import { ExpressionError } from '@flowmesh/platform/expressions';
import { StepFailure } from '../step-types/step-type.ts';

/** What an expression that could not be evaluated means for its step; undefined for anything else. */
export function expressionFailure(error: unknown): StepFailure | undefined {
  // The same expression on the same values fails again.
  if (error instanceof ExpressionError) {
    return new StepFailure(error.code === 'MEMORY' ? 'MEMORY' : 'EXPRESSION', error.message, false);
  }
  // The sandbox had no place for it, or its process was ended from outside.
  if (error instanceof PublicError) return new StepFailure(String(error.extensions['code']), error.message, true);
  return undefined;
}
