import type { KnownPeople } from '../../workflows/validation/known-people.ts';
import { unknownOf } from '../ask-domain.ts';
import { error, ofProblem, type Finding, type Work } from '../finding.ts';

/** APPROVAL steps that ask people who do not exist. */
export async function peopleFindings(people: KnownPeople, all: readonly Work[]): Promise<Finding[]> {
  const work = all.filter(({ step }) => step.stepType === 'APPROVAL');
  const missing = await people.missing(work.map(({ step }) => step));
  if (missing === null) return unknownOf(work, 'The approvers', 'The auth service does not answer.');
  return missing.flatMap(({ path, message }) => ofProblem(work, path, error('UNKNOWN_USER', message)));
}
