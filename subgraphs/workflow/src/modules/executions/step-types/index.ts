import type { StepTypeName } from '../engine/definition.ts';
import { agentStep } from './agent-step.ts';
import { conditionStep } from './condition-step.ts';
import { delayStep } from './delay-step.ts';
import type { StepType } from './step-type.ts';
import { transformStep } from './transform-step.ts';

export const stepTypes: Readonly<Record<StepTypeName, StepType>> = {
  AGENT: agentStep,
  TRANSFORM: transformStep,
  CONDITION: conditionStep,
  DELAY: delayStep,
};
