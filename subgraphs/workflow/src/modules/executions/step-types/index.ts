import type { StepTypeName } from '../engine/definition.ts';
import { agentStep } from './agent-step.ts';
import { approvalStep } from './approval-step.ts';
import { conditionStep } from './condition-step.ts';
import { contextStep } from './context-step.ts';
import { delayStep } from './delay-step.ts';
import { forEachStep } from './for-each-step.ts';
import { loopStep } from './loop-step.ts';
import { integrationStep } from './integration-step.ts';
import { notificationStep } from './notification-step.ts';
import type { StepType } from './step-type.ts';
import { subWorkflowStep } from './sub-workflow-step.ts';
import { waitForEventStep } from './wait-for-event-step.ts';
import { transformStep } from './transform-step.ts';

export const stepTypes: Readonly<Record<StepTypeName, StepType>> = {
  AGENT: agentStep,
  TRANSFORM: transformStep,
  CONDITION: conditionStep,
  DELAY: delayStep,
  FOR_EACH: forEachStep,
  LOOP: loopStep,
  SUB_WORKFLOW: subWorkflowStep,
  WAIT_FOR_EVENT: waitForEventStep,
  INTEGRATION: integrationStep,
  NOTIFICATION: notificationStep,
  CONTEXT: contextStep,
  APPROVAL: approvalStep,
};
