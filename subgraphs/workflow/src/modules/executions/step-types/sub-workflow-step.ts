import { z } from 'zod';
import { evaluateJsonata } from '@flowmesh/platform/expressions';
import { id, storageProblem } from '@flowmesh/platform/validation';
import { attemptName, idempotencyKeyOf } from '../engine/attempt-key.ts';
import { rememberShape } from './remember.ts';
import { requireScope } from './require-scope.ts';
import { StepFailure, type ConfigExpression, type StepType } from './step-type.ts';

/** Executions that are begun by each other, one inside of the other. */
export const MAX_DEPTH = 10;

const config = z.strictObject({
  workflowId: id(),
  input: z.string().optional(),
  wait: z.boolean().optional(),
  passContext: z.boolean().optional(),
  remember: rememberShape.optional(),
});

const expressionOf = (text: string): ConfigExpression => ({ path: 'input', language: 'jsonata', text });

/**
 * Runs another workflow in its present version; its result is the result of that, or, when it does not wait, the id of the
 * execution.
 */
export const subWorkflowStep: StepType = {
  needsAgent: false,
  config,
  expressions(value) {
    const { input } = config.parse(value);
    return input === undefined ? [] : [expressionOf(input)];
  },
  async run({ step, execution, key, workflows, contextId, values, rights }) {
    const { workflowId, input: text, wait = true, passContext = false } = config.parse(step.config);
    if (execution.depth >= MAX_DEPTH) {
      const message = `Workflows run each other ${MAX_DEPTH} deep, and no deeper.`;
      throw new StepFailure('TOO_DEEP', message, false);
    }
    const owner = { owner: execution.startedById };
    const input =
      text === undefined ? execution.input : await evaluateJsonata(text, await values(expressionOf(text)), owner);
    const problem = storageProblem(input);
    if (problem) throw new StepFailure('STEP_FAILED', `The input of the other workflow ${problem}.`, false);
    const given = passContext ? await contextId() : null;
    const may = await rights();
    requireScope(may, 'workflow:execute');
    const workflow = await workflows.admit({
      workflowId,
      input: input ?? null,
      userId: execution.startedById,
      scopes: may.scopes,
      hasContext: given !== null,
    });
    if (wait) return { kind: 'children', total: 1, items: input ?? null, workflow: { ...workflow, passContext } };
    const idempotencyKey = idempotencyKeyOf(execution.id, step.id, attemptName(key));
    const request = { input: input ?? null, contextId: given, idempotencyKey };
    return {
      kind: 'completed',
      result: { executionId: await workflows.start(workflow, request, { ...execution, rights: may }) },
    };
  },
};
