import { DEFAULT_RETRY_POLICY, type StepDefinition } from './definition.ts';

/** The step of an execution of a workflow that repeats. */
export const LOOP_STEP = 'loop';

/** The steps of a workflow of type LOOP as one step that repeats them, by the `loop` of its configuration. */
export function asLoop(
  steps: readonly StepDefinition[],
  config: Readonly<Record<string, unknown>>,
): readonly [StepDefinition] {
  const loop: unknown = config['loop'];
  const rules = typeof loop === 'object' && loop !== null && !Array.isArray(loop) ? loop : {};
  return [
    {
      id: LOOP_STEP,
      position: 0,
      name: LOOP_STEP,
      stepType: 'LOOP',
      agentId: null,
      config: { ...rules, steps: steps.map(asGiven) },
      dependencies: [],
      condition: null,
      timeoutSeconds: 300,
      retryCount: 0,
      continueOnFailure: false,
      onSkip: 'SKIP_FOLLOWERS',
      onFailure: [],
      retryPolicy: DEFAULT_RETRY_POLICY,
      waitTimeoutSeconds: null,
      compensation: null,
    },
  ];
}

/** As somebody would write it: its place in the list is not a part of it. */
const asGiven = (step: StepDefinition) =>
  Object.fromEntries(Object.entries(step).filter(([key]) => key !== 'position'));
