import { tidyName } from '@flowmesh/platform/validation';
import type { StepDefinition } from '../../executions/engine/definition.ts';
import type { WorkflowType } from '../workflow-record.ts';
import type { StepInput } from './workflow-input.ts';

const DEFAULT_TIMEOUT_SECONDS = 300;
const DEFAULT_RETRIES = 3;

/** Steps with every value that was left out, dependencies implied by SEQUENTIAL included. */
export function toSteps(inputs: readonly StepInput[], type: WorkflowType): StepDefinition[] {
  return inputs.map((input, position) => {
    const before = inputs[position - 1];
    const implied = type === 'SEQUENTIAL' && before ? [before.id] : [];
    return {
      id: input.id,
      position,
      name: tidyName(input.name ?? '') || input.id,
      stepType: input.stepType,
      agentId: input.agentId ?? null,
      config: input.config ?? {},
      dependencies: [...new Set(input.dependencies ?? implied)],
      condition: input.condition?.trim() ? input.condition : null,
      timeoutSeconds: input.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
      retryCount: input.retryCount ?? DEFAULT_RETRIES,
      continueOnFailure: input.continueOnFailure ?? false,
    };
  });
}
