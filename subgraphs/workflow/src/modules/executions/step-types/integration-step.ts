import { evaluateJsonata } from '@flowmesh/platform/expressions';
import { jsonValue, name } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { StepDefinition } from '../engine/definition.ts';
import { rememberShape } from './remember.ts';
import { requireScope } from './require-scope.ts';
import { scopesOn } from './service-scopes.ts';
import type { ConfigExpression, StepType } from './step-type.ts';
import { expressionsIn, filled, hasMisplaced, isStatic, MAX_PLACEHOLDERS, MISPLACED } from './templates.ts';

const MAX_INPUT_BYTES = 1_048_576;
/** What the integration domain takes for one call. */
const MAX_CALL_MS = 300_000;
const DEFAULT_WAIT_MS = 900_000;
const MAX_WAIT_MS = 86_400_000;

const waitRange = `must be a number of milliseconds, 0 to ${MAX_WAIT_MS.toLocaleString('en')} (a day)`;

const config = z.strictObject({
  integrationId: z.string().min(1, 'must not be empty').max(100, 'must have at most 100 characters'),
  operation: name({ min: 1, max: 100 }),
  input: jsonValue({ maxBytes: MAX_INPUT_BYTES })
    .refine((value) => expressionsIn(value, 'input').length <= MAX_PLACEHOLDERS, {
      message: `must have at most ${MAX_PLACEHOLDERS} expressions`,
    })
    .refine((value) => typeof value === 'string' || !hasMisplaced(value), { message: MISPLACED })
    .optional(),
  maxWaitMs: z.int(waitRange).min(0, waitRange).max(MAX_WAIT_MS, waitRange).optional(),
  remember: rememberShape.optional(),
});

/** A text is an expression as a whole, as everywhere; in anything else, its texts of the form `{% JSONata %}` are. */
const expressionsOf = (input: unknown): ConfigExpression[] =>
  typeof input === 'string' ? [wholeOf(input)] : expressionsIn(input, 'input');

const wholeOf = (input: string): ConfigExpression => {
  const [placeholder] = expressionsIn(input, 'input');
  return placeholder ?? { path: 'input', language: 'jsonata', text: input };
};

/** Which integration a step calls, and with which input where that is known before; null when it calls none. */
export function integrationCallOf({ stepType, config: given }: Pick<StepDefinition, 'stepType' | 'config'>): {
  readonly integrationId: string;
  readonly operation: string;
  /** `known`: nothing in it depends on the execution. */
  readonly input: { readonly known: boolean; readonly value: unknown };
} | null {
  if (stepType !== 'INTEGRATION') return null;
  const { data } = config.safeParse(given);
  if (!data) return null;
  const { integrationId, operation, input } = data;
  const known = input !== undefined && typeof input !== 'string' && isStatic(input);
  return { integrationId, operation, input: { known, value: input } };
}

/** Calls an operation of an integration on behalf of whoever started the execution; its result is the answer. */
export const integrationStep: StepType = {
  needsAgent: false,
  config,
  expressions: (value) => expressionsOf(config.parse(value).input),
  async run(run) {
    const { step, execution, key, integrations } = run;
    const { integrationId, operation, input, maxWaitMs } = config.parse(step.config);
    const may = await run.rights();
    requireScope(may, 'integration:invoke');
    const result = await integrations.invoke({
      ...{ integrationId, operation },
      input: await inputOf(input, run),
      // Of the run of the step: all its attempts are one piece of work for the service.
      idempotencyKey: `${execution.id}:${step.id}:${key.generation}`,
      timeoutMs: Math.min(step.timeoutSeconds * 1_000, MAX_CALL_MS),
      maxWaitMs: maxWaitMs ?? DEFAULT_WAIT_MS,
      userId: execution.startedById,
      scopes: scopesOn(may.scopes, 'integration'),
      roleIds: may.roleIds,
      workflowId: execution.workflowId,
      requestId: execution.requestId ?? execution.id,
    });
    return { kind: 'completed', result };
  },
};

async function inputOf(input: unknown, run: Parameters<StepType['run']>[0]): Promise<unknown> {
  if (input === undefined) return run.execution.input;
  if (typeof input !== 'string') return filled(input, 'input', run);
  const expression = wholeOf(input);
  return evaluateJsonata(expression.text, await run.values(expression), { owner: run.execution.startedById });
}
