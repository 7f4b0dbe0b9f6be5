import { StepFailure, type StepOutcome } from '../step-types/step-type.ts';

/** PostgreSQL stores neither NUL nor half a surrogate pair in JSON. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Why a JSON value cannot be stored, or null. */
export function storageProblem(value: unknown): string | null {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined || !UNSTORABLE.test(json)) return null;
  return 'holds a NUL character or half a surrogate pair, which cannot be stored';
}

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

/** What people are told, as it can be stored: what PostgreSQL cannot hold is replaced. */
export const storableText = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD');
