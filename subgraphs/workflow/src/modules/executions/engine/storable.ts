import { storageProblem } from '@flowmesh/platform/validation';
import { StepFailure, type StepOutcome } from '../step-types/step-type.ts';

/** What an outcome has that was computed, as its failure names it. */
const COMPUTED: Readonly<Record<StepOutcome['kind'], string>> = {
  completed: 'The result',
  children: 'What it works on',
  approval: 'The message of the approval',
  event: 'The value of the correlation',
  agent: 'The id of the execution of the agent',
  time: 'The time',
};

/** The database would refuse it each time, so the step fails at once and says why. */
export function checkStorable(outcome: StepOutcome): void {
  const problem = storageProblem(outcome);
  if (problem) throw new StepFailure('STEP_FAILED', `${COMPUTED[outcome.kind]} ${problem}.`, false);
}
