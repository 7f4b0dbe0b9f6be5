import { z } from 'zod';
import { evaluateJsonata } from '@flowmesh/platform/expressions';
import { attemptName, idempotencyKeyOf } from '../engine/attempt-key.ts';
import { rememberShape } from './remember.ts';
import { requireScope } from './require-scope.ts';
import { scopesOn } from './service-scopes.ts';
import type { ConfigExpression, StepType } from './step-type.ts';

const config = z.strictObject({
  input: z.string().optional(),
  passContext: z.boolean().optional(),
  remember: rememberShape.optional(),
});

const expressionOf = (text: string): ConfigExpression => ({ path: 'input', language: 'jsonata', text });

/** Gives work to an agent and waits until the agent's service says that it has ended; its result is the output. */
export const agentStep: StepType = {
  needsAgent: true,
  config,
  expressions(value) {
    const { input } = config.parse(value);
    return input === undefined ? [] : [expressionOf(input)];
  },
  async run({ step, execution, key, agents, context, values, rights }) {
    const { input, passContext } = config.parse(step.config);
    const may = await rights();
    requireScope(may, 'agent:execute');
    const agentExecutionId = await agents.begin({
      agentId: step.agentId ?? '',
      input:
        input === undefined
          ? execution.input
          : await evaluateJsonata(input, await values(expressionOf(input)), { owner: execution.startedById }),
      context: passContext ? await context() : null,
      idempotencyKey: idempotencyKeyOf(execution.id, step.id, attemptName(key)),
      userId: execution.startedById,
      // Tools of the agent use other services.
      scopes: scopesOn(may.scopes, 'agent', 'integration', ...(passContext ? ['context'] : [])),
      roleIds: may.roleIds,
      workflowId: execution.workflowId,
      workflowExecutionId: execution.rootId,
      requestId: execution.requestId ?? execution.id,
      waitingSince: execution.createdAt,
    });
    return { kind: 'agent', agentExecutionId };
  },
};
