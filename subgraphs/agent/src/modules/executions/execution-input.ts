import { id, jsonValue, line, text } from '@flowmesh/platform/validation';
import { z } from 'zod';

const int = (min: number, max: number) => {
  const message = `must be ${min} to ${max.toLocaleString('en')}`;
  return z.int(message).min(min, message).max(max, message);
};

const A_VERSION = 'must be a version of the context, from 1';

const contextGiven = ({ contextId, contextVersion }: { contextId?: unknown; contextVersion?: unknown }) =>
  contextVersion == null || contextId != null;

export const executeShape = z
  .object({
    agentId: id(),
    input: jsonValue({ maxBytes: 1_048_576 }).optional(),
    idempotencyKey: line({ min: 1, max: 255 }).nullish(),
    conversationId: line({ min: 1, max: 255 }).nullish(),
    waitTimeoutSeconds: int(1, 300).optional(),
    timeoutSeconds: int(1, 3_600).nullish(),
    maxAttempts: int(1, 10).nullish(),
    contextId: id().nullish(),
    contextVersion: z.int(A_VERSION).min(1, A_VERSION).nullish(),
    waitingSince: z.date().nullish(),
  })
  .refine(contextGiven, { path: ['contextVersion'], message: 'is for executions that are given a context' });

export type ExecuteAgentInput = z.input<typeof executeShape> & { readonly wait?: boolean };

const NAMED = 'must be given, or else agentId and idempotencyKey';

export const stopShape = z
  .object({
    id: id().nullish(),
    agentId: id().nullish(),
    idempotencyKey: line({ min: 1, max: 255 }).nullish(),
    reason: text({ max: 500 }).nullish(),
  })
  .superRefine(({ id: given, agentId, idempotencyKey }, context) => {
    const byKey = agentId != null && idempotencyKey != null;
    if (given != null && (agentId != null || idempotencyKey != null)) {
      context.addIssue({
        code: 'custom',
        path: ['id'],
        message: 'must be left out when agentId and idempotencyKey are given',
      });
    } else if (given == null && !byKey) {
      context.addIssue({ code: 'custom', path: ['id'], message: NAMED });
    }
  });

export type StopAgentExecutionInput = z.input<typeof stopShape>;

/** Paths in the input's own value, below the field `input`. */
export function inputPath(path: string): string {
  if (path === '') return 'input';
  return path.startsWith('[') ? `input${path}` : `input.${path}`;
}
