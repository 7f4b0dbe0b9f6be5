import { evaluateCel } from '@flowmesh/platform/expressions';
import { StepFailure } from '../step-types/step-type.ts';
import type { StepDefinition } from './definition.ts';
import type { ExecutionHeader } from './execution-headers.ts';
import { expressionFailure } from './expression-failure.ts';
import type { StepResults } from './step-results.ts';

/** Whether a ready step runs; an error fails it once it is claimed. */
export async function decideCondition(
  { header, results }: { readonly header: ExecutionHeader; readonly results: StepResults },
  step: StepDefinition,
): Promise<boolean | Error> {
  const text = step.condition;
  if (text === null) return true;
  try {
    const values = await results.valuesFor(step, { language: 'cel', text });
    const result = await evaluateCel(text, values, { owner: header.startedById });
    if (typeof result === 'boolean') return result;
    return new StepFailure('EXPRESSION', 'condition: the result is neither true nor false', false);
  } catch (error) {
    const failure = expressionFailure(error);
    if (!failure) throw error;
    return new StepFailure(failure.code, `condition: ${failure.message}`, failure.retryable);
  }
}
