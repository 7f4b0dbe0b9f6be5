import { tidyName } from '@flowmesh/platform/validation';
import {
  catchesOf,
  DEFAULT_RETRY_POLICY,
  type Compensation,
  type RetryPolicy,
  type StepDefinition,
} from '../../executions/engine/definition.ts';
import type { WorkflowType } from '../workflow-record.ts';
import type { CompensationInput, StepInput } from './workflow-input.ts';

const DEFAULT_TIMEOUT_SECONDS = 300;
const DEFAULT_RETRIES = 3;

/** Steps with every value that was left out, dependencies implied by SEQUENTIAL, LOOP and by `onFailure` included. */
export function toSteps(inputs: readonly StepInput[], type: WorkflowType): StepDefinition[] {
  const inOrder = type === 'SEQUENTIAL' || type === 'LOOP';
  const catches = catchesOf(inputs.map(({ id, onFailure }) => ({ id, onFailure: onFailure ?? [] })));
  return inputs.map((input, position) => {
    const caught = [...(catches.get(input.id) ?? [])];
    const implied = inOrder && caught.length === 0 ? beforeInSequence(inputs, position, catches) : [];
    // A branch that was not needed ends where it began.
    const onSkip = inOrder && caught.length === 0 ? 'CONTINUE' : 'SKIP_FOLLOWERS';
    return {
      id: input.id,
      position,
      name: tidyName(input.name ?? '') || input.id,
      stepType: input.stepType,
      agentId: input.agentId ?? null,
      config: input.config ?? {},
      dependencies: [...new Set([...(input.dependencies ?? implied), ...caught])],
      condition: input.condition?.trim() ? input.condition : null,
      timeoutSeconds: input.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
      retryCount: input.retryCount ?? DEFAULT_RETRIES,
      continueOnFailure: input.continueOnFailure ?? false,
      onSkip: input.onSkip ?? onSkip,
      onFailure: [...new Set(input.onFailure ?? [])],
      retryPolicy: toRetryPolicy(input.retryPolicy),
      waitTimeoutSeconds: input.waitTimeoutSeconds ?? null,
      compensation: input.compensation ? toCompensation(input.compensation) : null,
    };
  });
}

const toCompensation = (input: CompensationInput): Compensation => ({
  stepType: input.stepType,
  agentId: input.agentId ?? null,
  config: input.config ?? {},
  timeoutSeconds: input.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
  retryCount: input.retryCount ?? DEFAULT_RETRIES,
  retryPolicy: toRetryPolicy(input.retryPolicy),
  when: input.when ?? 'COMPLETED',
});

/** The step before, and the steps in between that only run when another has failed. */
function beforeInSequence(
  inputs: readonly StepInput[],
  position: number,
  catches: ReadonlyMap<string, unknown>,
): string[] {
  const before: string[] = [];
  for (let at = position - 1; at >= 0; at -= 1) {
    const id = inputs[at]?.id ?? '';
    before.unshift(id);
    if (!catches.has(id)) break;
  }
  return before;
}

const toRetryPolicy = (input: StepInput['retryPolicy']): RetryPolicy => ({
  initialDelayMs: input?.initialDelayMs ?? DEFAULT_RETRY_POLICY.initialDelayMs,
  maxDelayMs: input?.maxDelayMs ?? DEFAULT_RETRY_POLICY.maxDelayMs,
  multiplier: input?.multiplier ?? DEFAULT_RETRY_POLICY.multiplier,
  nonRetryableErrors: [...new Set(input?.nonRetryableErrors ?? [])],
});
