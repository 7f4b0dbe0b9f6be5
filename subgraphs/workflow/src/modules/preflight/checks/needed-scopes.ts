import type { StepDefinition, StepTypeName } from '../../executions/engine/definition.ts';
import { scopeOf } from '../../event-types/step-events.ts';
import { rememberOf } from '../../executions/step-types/remember.ts';
import { error, ofWork, type Finding, type Work } from '../finding.ts';

type Needs = (config: Readonly<Record<string, unknown>>) => string | null;
const nothing: Needs = () => null;

/** What steps of each type require of whoever started the execution. */
const NEEDS: Readonly<Record<StepTypeName, Needs>> = {
  AGENT: () => 'agent:execute',
  INTEGRATION: () => 'integration:invoke',
  NOTIFICATION: () => 'notification:send',
  CONTEXT: ({ action }) => (action === 'READ' ? 'context:read' : 'context:write'),
  SUB_WORKFLOW: () => 'workflow:execute',
  WAIT_FOR_EVENT: ({ event }) => scopeOf(String(event)),
  TRANSFORM: nothing,
  CONDITION: nothing,
  DELAY: nothing,
  FOR_EACH: nothing,
  LOOP: nothing,
  APPROVAL: nothing,
};

function neededBy(step: StepDefinition, hasContext: boolean): string[] {
  const own = NEEDS[step.stepType](step.config);
  const remembers = hasContext && rememberOf(step) !== null;
  return [...(own === null ? [] : [own]), ...(remembers ? ['context:write'] : [])];
}

/** Steps that need a scope which is not held. */
export const missingScopes = (
  work: readonly Work[],
  hasContext: boolean,
  holds: (scope: string) => boolean,
): Finding[] =>
  work.flatMap((each) =>
    neededBy(each.step, hasContext)
      .filter((scope) => !holds(scope))
      .map((scope) => ofWork(each, '', error('MISSING_PERMISSION', `The step needs ${scope}, which you do not have.`))),
  );
